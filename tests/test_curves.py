"""A curve is a list that is never changed."""

from skreg._training.curves import extend, last_of, values_of


def test_a_curve_holds_what_was_added_and_earlier_ones_stay_as_they_are():
    curves = [()]
    for value in range(100):
        curves.append(extend(curves[-1], value))
        assert last_of(curves[-1]) == value
    assert [values_of(curve) for curve in curves] == [list(range(n)) for n in range(101)]


def test_a_curve_has_few_parts():
    curve = ()
    for value in range(1_000):
        curve = extend(curve, value)
    assert [len(part) for part in curve] == [512, 256, 128, 64, 32, 8]


def test_a_long_curve_shares_its_parts_with_the_one_before():
    long = (tuple(range(1 << 10)), (1, 2), (3,))
    longer = extend(long, 4)
    assert longer[0] is long[0]
    assert longer[1:] == ((1, 2, 3, 4),)
