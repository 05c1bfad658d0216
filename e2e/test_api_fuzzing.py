"""No generated request makes the service fail or lets anybody in without a key."""

import pytest

from e2e.api_fuzzing import furnish, fuzz
from e2e.staging import staged

pytestmark = [pytest.mark.xdist_group("fuzzing"), pytest.mark.timeout(900)]


def test_generated_requests_find_no_fault(tmp_path_factory: pytest.TempPathFactory) -> None:
    with staged(tmp_path_factory.mktemp("fuzz")) as stage:
        furnish(stage)
        outcome = fuzz(stage, examples=3, seed=1)
    assert outcome.failures == ()
    assert outcome.operations > 60
    assert outcome.cases > 1_000
