"""How long a server that fails is left alone."""

from pipelines.models.patience import Patience, retry_after


def test_waiting_grows_and_heeds_a_date():
    patience = Patience(9, 1.0, 20.0)
    assert [patience.wait(failed, lot=0.0) for failed in (1, 2, 3, 7)] == [0.5, 1.0, 2.0, 10.0]
    assert patience.wait(1, told=500, lot=0.0) == 20.0
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, now=1445412470) == 10.0
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert retry_after({}) is None
