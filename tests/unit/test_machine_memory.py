from mneme.machine.memory import KEEP_FREED, keep_freed


def test_what_the_environment_says_stands():
    environment = {"MALLOC_TRIM_THRESHOLD_": "1"}
    assert keep_freed(environment)
    assert environment == {**KEEP_FREED, "MALLOC_TRIM_THRESHOLD_": "1"}
    assert not keep_freed(environment)
