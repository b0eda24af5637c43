"""Input stages: what the first layer does with a batch of rows, for each form that rows may have.

A form is a file of this folder: a NamedTuple of its name, which is what kernels get as rows, and
the functions below as helpers. They are found by their names in the file of that NamedTuple; those
of arrays are in `dense.py`. A form whose batches are of another form has `count` and `take` only.

Conventions: `weights` are those of the first layer (n_features, n_out), and `gemm` is a product as
in `products.py`. Rows are only read, but for dense ones, which are ours to overwrite. Inputs are
dropped by the same rule in all forms: the mask of an entry is a hash of the key and of its place in
the batch as a dense matrix, so a sparse batch trains as its dense twin does.
"""

from skreg._compiler.jit import by_form
from skreg._kernels.inputs import dense

# (rows) -> n
count_rows = by_form("count", arrays=dense)
# (rows, start, stop) -> the rows of a batch, as a view where they are in memory so already
take_rows = by_form("take", arrays=dense, returns_arrays=True)
# (rows, n_features, seed, step, rate, drop, scratch) -> rows: themselves overwritten, or scratch
drop_inputs = by_form("drop", arrays=dense, returns_arrays=True)
# (rows, weights, room) -> weights as those below want them: themselves, or `room`, like them
prepare_weights = by_form("prepare", arrays=dense, returns_arrays=True)
# (rows, weights, scores, gemm): overwrite scores (n, n_out) by rows · weights, which are prepared
multiply_inputs = by_form("multiply", arrays=dense)
multiply_one = by_form("multiply_one", arrays=dense)  # the same for a single row
# (rows, delta, gradient, scratch, gemm): overwrite gradient (n_features, n_out) by rowsᵀ · delta
multiply_transposed_inputs = by_form("multiply_transposed", arrays=dense)
# (rows, delta, inputs, work, scratch, state, segments, rule, rate, count, gemm) -> the penalty
# before the move: move theta, given the gradient but for that of the first layer's weights,
# `inputs`, and `delta` (n, n_out), that of the scores of the first layer
step_all = by_form("step", arrays=dense)
