"""Large products of matrices, cut in two, of which another thread may compute one.

A network with large products calls `share_product` in place of BLAS: it has the same arguments, but
for the address of a mailbox behind them, which BLAS does not look at. It always cuts large products
at the same place, so results do not depend on whether there is a helper: a thread in `serve`, which
waits for the second half of a product. Waiting is a loop over atomic loads, for a product takes a
millisecond and waking a thread up takes a good part of that. Whoever takes the second half first
computes it: a helper that is held up, or no longer there, is not waited for.

Conventions: a mailbox is a vector of int64, and addresses are integers. A product is that of BLAS,
C (m, n) = A (m, k) · B (k, n) by columns, and cut is m.
"""

from functools import cache

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from skreg._compiler.addresses import call, lies_in_columns, load, on_stack, store, take
from skreg._compiler.jit import address_for_c, helper, plain_entry
from skreg._compiler.subnormals import flush_subnormals, restore_subnormals

# Places of a mailbox: the number of the last task, of the last that was taken and of the last that
# is done, each in a line of the cache of its own; whether a helper is there; addresses; the bytes
# of a number; and the task.
POSTED, DONE, IS_HELPED, GEMM, YIELD, ITEM_SIZE, TASK, TAKEN = 0, 16, 32, 33, 34, 35, 48, 64
MAIL_SIZE, N_ARGUMENTS, STOP = 80, 13, -1
LARGE = 1 << 25  # multiplications that are worth another thread, also where it is often held up
_MULTIPLE = 16  # of what is cut, so that each part is as BLAS likes it
_PATIENCE = 2000  # looks before other threads of the same core are let in


@intrinsic
def _load_arguments(typing, address):
    """The arguments of a product, from an address on."""
    kind = types.UniTuple(types.int64, N_ARGUMENTS)

    def generate(context, builder, signature, given):
        integer = ir.IntType(64)
        first = builder.inttoptr(given[0], integer.as_pointer())
        places = [builder.gep(first, [ir.Constant(integer, i)]) for i in range(N_ARGUMENTS)]
        return context.make_tuple(builder, kind, [builder.load(place) for place in places])

    return kind(types.int64), generate


@helper
def _at(mail, place):
    return mail + 8 * place


@helper
def _wait_for(mail, place, last):
    """Return what is in a place of the mailbox once it is no longer `last`."""
    looks = 0
    while True:
        found = load(_at(mail, place))
        if found != last:
            return found
        looks += 1
        if looks % _PATIENCE == 0:
            call(load(_at(mail, YIELD)), ())


def _share_product(of_a, of_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, mail):
    gemm, size, columns = load(_at(mail, GEMM)), load(_at(mail, ITEM_SIZE)), load(m)
    cut = columns // 2 // _MULTIPLE * _MULTIPLE
    if cut == 0 or columns * load(n) * load(k) < LARGE:
        call(gemm, (of_a, of_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc))
        return
    stride = size if lies_in_columns(of_a) else size * load(lda)
    first, second, rest = on_stack(cut), on_stack(columns - cut), (b, ldb, beta)
    more = (of_a, of_b, second, n, k, alpha, a + cut * stride, lda, *rest, c + cut * size, ldc)
    is_helped, number = load(_at(mail, IS_HELPED)), load(_at(mail, POSTED))
    if is_helped:
        for i in range(N_ARGUMENTS):
            store(_at(mail, TASK + i), more[i])
        store(_at(mail, POSTED), number + 1)
    call(gemm, (of_a, of_b, first, n, k, alpha, a, lda, *rest, c, ldc))
    if not is_helped:
        call(gemm, more)
    elif take(_at(mail, TAKEN), number, number + 1):
        call(gemm, more)
        store(_at(mail, DONE), number + 1)
    else:
        _wait_for(mail, DONE, number)


@cache
def address_of_share_product():
    """The address of a function with the arguments of BLAS and a mailbox, all by address."""
    return address_for_c(_share_product)


@plain_entry
def serve(mail):
    """Compute second halves of products until STOP is posted to the mailbox at an address."""
    last, rounding = 0, flush_subnormals()
    while True:
        number = _wait_for(mail, POSTED, last)
        if number == STOP:
            restore_subnormals(rounding)
            return
        if take(_at(mail, TAKEN), number - 1, number):
            call(load(_at(mail, GEMM)), _load_arguments(_at(mail, TASK)))
            store(_at(mail, DONE), number)
        last = number
