"""What training and predictions ask of rows, whatever their form."""

from abc import ABC, abstractmethod


class BaseRows(ABC):
    """Rows of X in one form.

    `form` names the entries that take `tile` and what `gatherer` gives; kernels know the form by
    the type of these rows, see `_kernels/inputs`.
    """

    form: str
    width = 1  # numbers that a row of a tile has, where all rows have as many

    @property
    @abstractmethod
    def parts(self):
        """The arrays that hold the rows, which tell them from others."""

    @property
    @abstractmethod
    def bytes_per_row(self):
        """What a row takes on average where it is gathered."""

    @abstractmethod
    def tile(self, start, stop, dtype):
        """Rows start, …, stop − 1 for jitted code, to predict for."""

    @abstractmethod
    def gatherer(self, size):
        """A function of rows (an index array or a slice), at most `size` of them, to train on.

        It has an attribute `form`, and memory of its own, which its next call may overwrite.
        """

    def picker(self, batch_size):
        """The same for any number of rows, which kernels copy batch by batch; None if they cannot.

        Rows are int64.
        """
        return None

    def prepare(self, weights):
        """The weights of the first layer as tiles are multiplied by them; a copy if changed."""
        return weights

    @abstractmethod
    def scratch(self, n_rows, n_out, *, drops):
        """What kernels need beside a batch of rows: a tuple of arrays.

        `drops` says whether inputs are dropped, and `n_out` is the number of the first units.
        """
