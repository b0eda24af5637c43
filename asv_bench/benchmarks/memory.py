"""Most memory that a process needs: the interpreter, the libraries, the data and the work."""

from .common import LIBRARIES, Compiled, make_net, make_noise


class PeakMemory(Compiled):
    """A network 100-100-10 in float32 and 100 000 rows, which are 40 MB."""

    param_names = ("library",)
    params = (list(LIBRARIES),)

    def setup(self, library):
        self.load_kernels()  # for scikit-learn too: then the two differ by their work alone
        self.X, self.y = make_noise(100_000, 100, 10)
        self.net = make_net(library, (100,), 1).fit(self.X[:1_000], self.y[:1_000])

    def peakmem_data(self, *_):
        """Bytes before any work, to be taken from those below."""

    def peakmem_fit(self, *_):
        """Bytes of a fit of one epoch."""
        self.net.fit(self.X, self.y)

    def peakmem_predict(self, *_):
        """Bytes of `predict`."""
        self.net.predict(self.X)
