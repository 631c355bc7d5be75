import pytest

from sklinfluence.utils._progress import progress


@pytest.mark.parametrize("verbose", [0, 1])
def test_the_items_are_passed_on(verbose, capsys):
    assert list(progress(iter("abc"), "letters", verbose, total=3)) == list("abc")


def test_silent_unless_verbose(capsys):
    list(progress([1, 2], "refits", 0))
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_a_bar_on_standard_error_says_what_is_counted(capsys):
    list(progress(iter([1, 2]), "refits", 1, total=2))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "refits: 100%" in captured.err
    assert "2/2" in captured.err
