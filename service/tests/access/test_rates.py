"""Calls are counted by the minute, alone and together with other processes; wrong keys shut out who brings
them and nobody else."""

import asyncio
from ipaddress import ip_network

import pytest
from service.tests.doubles import SettableClock

from counterfoil.access import RateLimited, RateLimits, Rates, Standing, client_address
from counterfoil.db import Database

LIMITS = RateLimits(calls=5, failed_authentications=3)
PREFIX = "cf_dev_012345678"


@pytest.fixture
def rates(database: Database, clock: SettableClock) -> Rates:
    return Rates(database, clock, LIMITS)


@pytest.fixture
def neighbour(database: Database, clock: SettableClock) -> Rates:
    """Another process on the same database."""
    return Rates(database, clock, LIMITS)


def calls(rates: Rates, count: int, environment_id: int = 1) -> int:
    """How many of so many calls were answered."""
    answered = 0
    for _ in range(count):
        try:
            rates.spend(environment_id)
        except RateLimited:
            continue
        answered += 1
    return answered


def is_shut(rates: Rates, address: str, prefix: str = "") -> bool:
    try:
        rates.refuse_if_shut(address, prefix)
    except RateLimited:
        return True
    return False


class TestCalls:
    def test_a_minute_allows_so_many_and_says_what_is_left(self, rates: Rates, clock: SettableClock) -> None:
        now = int(clock.now().timestamp())
        resets_at = (now // 60 + 1) * 60
        told = [rates.spend(1) for _ in range(5)]
        assert told == [Standing(5, left, resets_at) for left in (4, 3, 2, 1, 0)]
        with pytest.raises(RateLimited) as limited:
            rates.spend(1)
        assert limited.value.standing == Standing(5, 0, resets_at)
        assert limited.value.code == "too_many_request"
        assert 1 <= limited.value.retry_after_seconds <= 60
        assert limited.value.retry_after_seconds >= resets_at - clock.now().timestamp()

    def test_environments_do_not_count_for_each_other(self, rates: Rates) -> None:
        assert calls(rates, 9) == 5
        assert calls(rates, 9, environment_id=2) == 5

    def test_the_next_minute_begins_at_nothing(self, rates: Rates, clock: SettableClock) -> None:
        assert calls(rates, 9) == 5
        clock.advance(60)
        assert calls(rates, 9) == 5

    def test_nothing_is_limited_where_the_limit_is_zero(
        self, database: Database, clock: SettableClock
    ) -> None:
        free = Rates(database, clock, RateLimits(calls=0, failed_authentications=0))
        assert free.spend(1) is None
        assert free.failed("192.0.2.1", PREFIX) is None
        assert free.seen("192.0.2.1") is None
        free.refuse_if_shut("192.0.2.1", PREFIX)


class TestProcesses:
    async def test_what_one_counted_the_other_knows_after_settling(
        self, rates: Rates, neighbour: Rates
    ) -> None:
        assert calls(rates, 3) == 3
        await rates.settle()
        assert calls(neighbour, 1) == 1
        await neighbour.settle()
        assert calls(neighbour, 9) == 1
        await neighbour.settle()
        await rates.settle()
        assert calls(rates, 1) == 1
        await rates.settle()
        assert calls(rates, 9) == 0

    async def test_what_is_counted_while_settling_is_not_lost(self, rates: Rates, neighbour: Rates) -> None:
        calls(rates, 2)
        settling = asyncio.create_task(rates.settle())
        await asyncio.sleep(0)
        calls(rates, 1)
        await settling
        await rates.settle()
        calls(neighbour, 1)
        await neighbour.settle()
        assert calls(neighbour, 9) == 1

    async def test_settling_at_once_adds_up_and_nobody_waits_for_ever(
        self, database: Database, clock: SettableClock
    ) -> None:
        many = [Rates(database, clock, RateLimits(calls=1000)) for _ in range(6)]
        for one in many:
            for environment_id in range(1, 20):
                calls(one, 3, environment_id)
        await asyncio.gather(*(one.settle() for one in many))
        async with database.connection() as connection:
            cursor = await connection.execute("SELECT DISTINCT count FROM rate_counts")
            assert await cursor.fetchall() == [(18,)]

    async def test_minutes_that_are_over_are_forgotten(
        self, rates: Rates, database: Database, clock: SettableClock
    ) -> None:
        calls(rates, 1)
        rates.failed("192.0.2.1", PREFIX)
        await rates.settle()
        clock.advance(180)
        await rates.settle()
        async with database.connection() as connection:
            cursor = await connection.execute("SELECT count(*) FROM rate_counts")
            assert await cursor.fetchone() == (0,)

    async def test_without_the_database_each_counts_for_itself(self, clock: SettableClock) -> None:
        alone = Rates(Database("postgresql://nobody@127.0.0.1:1/none"), clock, LIMITS)
        assert calls(alone, 9) == 5

    async def test_a_background_life_settles_by_itself(self, rates: Rates, neighbour: Rates) -> None:
        running = asyncio.create_task(rates.run())
        calls(rates, 5)
        calls(neighbour, 1)
        try:
            # The row is what is waited for, not a time.
            while calls(neighbour, 1):
                await neighbour.settle()
                await asyncio.sleep(0.01)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


class TestWrongKeys:
    def test_who_failed_too_often_is_not_listened_to_until_the_minute_ends(
        self, rates: Rates, clock: SettableClock
    ) -> None:
        for left in (2, 1, 0):
            told = rates.failed("192.0.2.1", "")
            assert told is not None
            assert told.remaining == left
        assert is_shut(rates, "192.0.2.1")
        assert not is_shut(rates, "192.0.2.2")
        clock.advance(60)
        assert not is_shut(rates, "192.0.2.1")

    def test_many_addresses_that_guess_at_one_key_are_shut_out_and_its_owner_is_not(
        self, rates: Rates
    ) -> None:
        for number in range(3):
            rates.failed(f"192.0.2.{number}", PREFIX)
        assert is_shut(rates, "192.0.2.0", PREFIX)
        assert not is_shut(rates, "198.51.100.7", PREFIX)
        assert not is_shut(rates, "192.0.2.0", "cf_dev_another_k")

    async def test_other_processes_shut_out_too(self, rates: Rates, neighbour: Rates) -> None:
        for _ in range(3):
            rates.failed("192.0.2.1", PREFIX)
        await rates.settle()
        neighbour.failed("192.0.2.1", PREFIX)
        await neighbour.settle()
        assert is_shut(neighbour, "192.0.2.1")

    def test_looking_counts_nothing(self, rates: Rates) -> None:
        for _ in range(9):
            told = rates.seen("192.0.2.1")
            assert told is not None
            assert told.remaining == 3
        assert not is_shut(rates, "192.0.2.1")


class TestAddresses:
    TRUSTED = (ip_network("10.0.0.0/8"), ip_network("::1/128"))

    @pytest.mark.parametrize(
        ("peer", "forwarded", "address"),
        [
            ("192.0.2.1", [], "192.0.2.1"),
            ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
            ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", ["203.0.113.9, 198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            ("10.0.0.1", ["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", [], "10.0.0.1"),
            ("10.0.0.1", ["unknown"], "10.0.0.1"),
            ("10.0.0.1", ["198.51.100.7, evil"], "10.0.0.1"),
            ("10.0.0.1", [""], "10.0.0.1"),
            ("::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
            ("", [], ""),
        ],
    )
    def test_a_forwarded_address_is_believed_as_far_as_ones_own_proxies_wrote_it(
        self, peer: str, forwarded: list[str], address: str
    ) -> None:
        assert client_address(peer, forwarded, self.TRUSTED) == address

    def test_one_customers_ipv6_addresses_are_one(self) -> None:
        first, second = (client_address(f"2001:db8::{tail}", [], ()) for tail in ("1", "ffff:2"))
        assert first == second
        assert client_address("2001:db8:0:1::1", [], ()) != first
