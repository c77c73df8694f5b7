"""What every store promises about rules, alerts and channels."""

import uuid
from dataclasses import replace
from datetime import time, timedelta

import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT, an_event
from tests.contract.store_references import prepared
from visavis.application.ports.alerts import AlertFilter
from visavis.application.ports.store import Store
from visavis.domain.alert import (
    Alert,
    AlertId,
    AlertRule,
    AtNight,
    ChannelId,
    Condition,
    Effects,
    Quiet,
    RuleId,
)
from visavis.domain.alert_kinds import AlertState, DispatchState, Severity, Trigger
from visavis.domain.channel import (
    AppriseTarget,
    Channel,
    Dispatch,
    DispatchId,
    MqttTarget,
    PublishedCamera,
    Target,
    WebhookTarget,
)
from visavis.domain.decision import Outcome
from visavis.domain.errors import (
    AlertNotFound,
    AlertRuleNotFound,
    AlreadyExists,
    ChannelNotFound,
    DeliveryNotFound,
    SubjectNotFound,
)
from visavis.domain.hours import Hours
from visavis.domain.occurrence import Notice
from visavis.domain.schedule import Span
from visavis.domain.subject import SubjectId

NIGHTS = Hours(zone="Europe/Berlin", weekly=((Span(begins=time(22), ends=time(6)),), *[()] * 6))
EVERYTHING = AlertFilter()


def a_rule(name: str = "door", **changes: object) -> AlertRule:
    rule = AlertRule(
        id=RuleId(uuid.uuid4()),
        name=name,
        enabled=True,
        severity=Severity.WARNING,
        condition=Condition(
            galleries=frozenset({"staff"}),
            sources=frozenset({"gate"}),
            sites=frozenset({"Kiel"}),
            zones=frozenset({"lobby", "yard"}),
            outcomes=frozenset({Outcome.MATCH, Outcome.NON_MATCH}),
            lasting_s=12.5,
            times=3,
            within_s=60,
            when=NIGHTS,
        ),
        effects=Effects(
            channels=(ChannelId(uuid.uuid4()),),
            picture=True,
            dedupe_s=60,
            most_per_hour=2,
            quiet=Quiet(hours=NIGHTS, through=Severity.INFO, others=AtNight.DROP),
        ),
        created_at=START,
        since=7,
    )
    return replace(rule, **changes)  # type: ignore[arg-type]


def an_alert(rule_id: RuleId | None = None, **changes: object) -> Alert:
    alert = Alert(
        id=AlertId(uuid.uuid4()),
        rule_id=rule_id or RuleId(uuid.uuid4()),
        rule="door",
        severity=Severity.CRITICAL,
        trigger=Trigger.SEEN,
        gallery="staff",
        source="gate",
        site="Kiel",
        zone="lobby",
        outcome=Outcome.MATCH,
        key="track:1",
        opened_at=START,
        last_at=START + timedelta(seconds=1),
        raised_at=START + timedelta(seconds=2),
    )
    return replace(alert, **changes)  # type: ignore[arg-type]


def a_channel(name: str = "on call", target: Target | None = None, **changes: object) -> Channel:
    channel = Channel(
        id=ChannelId(uuid.uuid4()),
        name=name,
        target=target or AppriseTarget(address="ntfys://topic-of-ours"),
        created_at=START,
        cursor=5,
    )
    return replace(channel, **changes)  # type: ignore[arg-type]


def a_dispatch(channel: Channel, alert: Alert | None, **changes: object) -> Dispatch:
    dispatch = Dispatch(
        id=DispatchId(uuid.uuid4()),
        channel_id=channel.id,
        rule_id=alert.rule_id if alert else RuleId(uuid.uuid4()),
        alert_id=alert.id if alert else None,
        created_at=START,
        next_at=START,
    )
    return replace(dispatch, **changes)  # type: ignore[arg-type]


class AlertsContract:
    async def test_a_rule_comes_back_as_it_was(self, store: Store) -> None:
        _, (ada, _) = await prepared(store, "Ada", "Bob")
        particular = replace(a_rule().condition, subjects=frozenset({ada.id}))
        rules = [a_rule("b"), a_rule("a", condition=particular, effects=Effects(), enabled=False)]
        async with store.transaction(TENANT) as unit:
            for rule in rules:
                await unit.alert_rules.add(rule)
        async with store.transaction(TENANT) as unit:
            assert await unit.alert_rules.all() == rules[::-1]
            changed = replace(rules[0], name="c", condition=particular, since=9)
            await unit.alert_rules.replace(changed)
            assert await unit.alert_rules.get(changed.id) == changed
            await unit.alert_rules.remove(changed.id)
        async with store.transaction(TENANT) as unit:
            with pytest.raises(AlertRuleNotFound):
                await unit.alert_rules.get(rules[0].id)
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.alert_rules.all() == []

    async def test_names_of_rules_and_channels_are_there_once(self, store: Store) -> None:
        async with store.transaction(TENANT) as unit:
            await unit.alert_rules.add(a_rule())
            await unit.channels.add(a_channel())
        with pytest.raises(AlreadyExists):
            async with store.transaction(TENANT) as unit:
                await unit.alert_rules.add(a_rule())
        with pytest.raises(AlreadyExists):
            async with store.transaction(TENANT) as unit:
                await unit.channels.add(a_channel())

    async def test_a_rule_names_subjects_that_are_there(self, store: Store) -> None:
        stranger = replace(a_rule().condition, subjects=frozenset({SubjectId(uuid.uuid4())}))
        with pytest.raises(SubjectNotFound):
            async with store.transaction(TENANT) as unit:
                await unit.alert_rules.add(a_rule(condition=stranger))

    async def test_who_is_erased_is_in_nothing_any_more_and_a_rule_for_nobody_else_waits_for_nobody(
        self, store: Store
    ) -> None:
        _, (ada, _) = await prepared(store, "Ada", "Bob")
        rule = a_rule(condition=Condition(subjects=frozenset({ada.id})))
        alert = an_alert(rule.id, subject_id=ada.id, key="")
        notice = Notice(id=uuid.uuid4(), trigger=Trigger.SILENT, at=START, key="d", subject_id=ada.id)
        async with store.transaction(TENANT) as unit:
            await unit.alert_rules.add(rule)
            assert (await unit.alerts.keep(alert)).subject_id == ada.id
            await unit.alerts.notice(notice)
        async with store.transaction(TENANT) as unit:
            await unit.subjects.erase(ada.id)
        async with store.transaction(TENANT) as unit:
            assert (await unit.alert_rules.get(rule.id)).condition.subjects == frozenset()
            assert (await unit.alerts.get(alert.id)).subject_id is None
            assert [one.subject_id for one in await unit.alerts.take_notices(10)] == [None]
            assert (await unit.alerts.keep(an_alert(subject_id=ada.id))).subject_id is None

    async def test_alerts_are_in_the_order_of_their_changes(self, store: Store) -> None:
        first, second = an_alert(), an_alert(gallery="guests", severity=Severity.INFO)
        async with store.transaction(TENANT) as unit:
            kept = [await unit.alerts.keep(first), await unit.alerts.keep(second)]
            assert kept == [replace(first, sequence=1), replace(second, sequence=2)]
        changed = replace(
            kept[0], state=AlertState.RESOLVED, by="user:x", note="gone", changed_at=START, count=4
        )
        async with store.transaction(TENANT) as unit:
            assert await unit.alerts.open_count() == 2
            assert (await unit.alerts.keep(changed)).sequence == 3
            assert await unit.alerts.get(first.id) == replace(changed, sequence=3)
            assert [one.id for one in await unit.alerts.page(EVERYTHING)] == [first.id, second.id]
            assert [one.id for one in await unit.alerts.page(EVERYTHING, after=2)] == [first.id]
            assert [one.id for one in await unit.alerts.page(EVERYTHING, before=3)] == [second.id]
            for wanted in (
                AlertFilter(galleries=frozenset({"guests"})),
                AlertFilter(state=AlertState.OPEN),
                AlertFilter(severity=Severity.INFO),
                AlertFilter(rule_id=second.rule_id),
            ):
                assert [one.id for one in await unit.alerts.page(wanted)] == [second.id]
            assert (await unit.alerts.open_count(), await unit.alerts.latest()) == (1, 3)
            with pytest.raises(AlertNotFound):
                await unit.alerts.get(AlertId(uuid.uuid4()))

    async def test_finds_the_alert_that_is_about_the_same(self, store: Store) -> None:
        _, (ada, bob) = await prepared(store, "Ada", "Bob")
        rule = RuleId(uuid.uuid4())
        mine, tracked = an_alert(rule, subject_id=ada.id, key=""), an_alert(rule, key="track:9")
        over = an_alert(rule, subject_id=bob.id, key="", state=AlertState.RESOLVED)
        async with store.transaction(TENANT) as unit:
            for one in (mine, tracked, over):
                await unit.alerts.keep(one)
            found = [
                await unit.alerts.current(rule, ada.id, "track:9"),
                await unit.alerts.current(rule, None, "track:9"),
            ]
            assert [one.id for one in found if one] == [mine.id, tracked.id]
            assert await unit.alerts.current(rule, bob.id, "") is None
            assert await unit.alerts.current(RuleId(uuid.uuid4()), ada.id, "") is None

    async def test_each_rule_takes_an_event_once_and_retention_takes_both(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        async with store.transaction(TENANT) as unit:
            (event,) = await unit.events.add([an_event(gallery)])
        alert, other = an_alert(), an_alert()
        silent = an_alert(trigger=Trigger.SILENT)
        async with store.transaction(TENANT) as unit:
            for one in (alert, other):
                await unit.alerts.keep(one, event.id)
            await unit.alerts.keep(silent)
            told = await unit.alerts.told([event.id])
            assert told == {(alert.rule_id, event.id), (other.rule_id, event.id)}
            assert await unit.alerts.events(alert.id) == [event.id]
            later = START + timedelta(days=1)
            assert await unit.alerts.purge(START, orphans_before=later) == 0
        async with store.transaction(TENANT) as unit:
            await unit.events.purge(gallery.id, START + timedelta(days=10_000))
            assert await unit.alerts.purge(START, orphans_before=later) == 2
            assert await unit.alerts.purge(later, orphans_before=later) == 1

    async def test_the_place_in_the_log_moves_with_its_transaction(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        async with store.transaction(TENANT) as unit:
            assert not await unit.alerts.behind()
            await unit.events.add([an_event(gallery)])
        async with store.transaction(TENANT) as unit:
            assert not await unit.alerts.behind()
            await unit.alert_rules.add(a_rule())
            assert await unit.alerts.behind()
            assert await unit.alerts.claim() == 0
            await unit.alerts.advance(1)
        notice = Notice(
            id=uuid.uuid4(), trigger=Trigger.SILENT, at=START, key="agent:1", text="3 reports", source="gate"
        )
        async with store.transaction(TENANT) as unit:
            assert await unit.alerts.claim() == 1
            assert not await unit.alerts.behind()
            await unit.alerts.notice(notice)
            await unit.alerts.notice(notice)
            assert await unit.alerts.behind()
            assert await unit.alerts.take_notices(10) == [notice]
            assert not await unit.alerts.behind()


class ChannelsContract:
    @pytest.mark.parametrize(
        "target",
        [
            AppriseTarget(address="json://user:password@host/path"),
            WebhookTarget(url="https://hooks.example.org/x", secret=b"whsec_0123456789abcdef"),
            MqttTarget(host="broker", user="u", password="p w", publish=True),  # noqa: S106
        ],
        ids=["apprise", "webhook", "mqtt"],
    )
    async def test_a_channel_comes_back_as_it_was(self, store: Store, target: Target) -> None:
        channel = a_channel(target=target, names=True)
        async with store.transaction(TENANT) as unit:
            await unit.channels.add(channel)
        async with store.transaction(TENANT) as unit:
            assert await unit.channels.all() == [channel]
            changed = replace(channel, name="other", target=AppriseTarget(address="a://b"), pictures=True)
            await unit.channels.replace(replace(changed, cursor=99))
            assert await unit.channels.get(channel.id) == changed
        async with store.transaction(OTHER_TENANT) as unit:
            with pytest.raises(ChannelNotFound):
                await unit.channels.get(channel.id)

    async def test_one_holder_at_a_time(self, store: Store) -> None:
        channel, mine, theirs = a_channel(), uuid.uuid4(), uuid.uuid4()
        soon, later = START + timedelta(seconds=5), START + timedelta(seconds=10)
        async with store.transaction(TENANT) as unit:
            await unit.channels.add(channel)
            assert await unit.channels.hold(channel.id, mine, now=START, until=soon)
            assert not await unit.channels.hold(channel.id, theirs, now=START, until=soon)
            assert await unit.channels.hold(channel.id, mine, now=START, until=later)
            assert not await unit.channels.hold(channel.id, theirs, now=soon, until=later)
            assert await unit.channels.hold(channel.id, theirs, now=later, until=later)
            await unit.channels.replace(replace(channel, enabled=False))
            assert not await unit.channels.hold(channel.id, theirs, now=later, until=later)

    async def test_remembers_what_a_broker_was_told(self, store: Store) -> None:
        channel = a_channel()
        cameras = [
            PublishedCamera(site="", source="b", topics=("x", "y"), faces=3),
            PublishedCamera(site="Kiel", source="a", topics=()),
        ]
        async with store.transaction(TENANT) as unit:
            await unit.channels.add(channel)
            await unit.channels.advance(channel.id, 8, cameras)
            await unit.channels.advance(channel.id, 6, [replace(cameras[1], faces=2)])
        async with store.transaction(TENANT) as unit:
            assert (await unit.channels.get(channel.id)).cursor == 8
            assert await unit.channels.cameras(channel.id) == [cameras[0], replace(cameras[1], faces=2)]
            await unit.channels.forget_cameras(channel.id, cameras[:1])
            assert [one.source for one in await unit.channels.cameras(channel.id)] == ["a"]

    async def test_messages_are_due_kept_and_gone_with_their_channel(self, store: Store) -> None:
        channel, alert = a_channel(), an_alert()
        async with store.transaction(TENANT) as unit:
            await unit.channels.add(channel)
            await unit.alerts.keep(alert)
            now, later = a_dispatch(channel, alert), a_dispatch(channel, alert, next_at=START + timedelta(1))
            held = a_dispatch(channel, alert, state=DispatchState.HELD)
            gone = a_dispatch(a_channel(), alert)
            await unit.channels.put([now, later, held, gone])
        async with store.transaction(TENANT) as unit:
            pending = DispatchState.PENDING
            assert await unit.channels.due(pending, START) == [now]
            assert await unit.channels.due(pending, START, channel_id=ChannelId(uuid.uuid4())) == []
            assert await unit.channels.due(DispatchState.HELD, START, channel_id=channel.id) == [held]
            assert await unit.channels.sent(alert.rule_id, START) == 1
            assert await unit.channels.sent(alert.rule_id, START + timedelta(1)) == 0
            done = replace(
                now,
                state=DispatchState.DELIVERED,
                attempts=2,
                status=204,
                error="x",
                finished_at=START,
                summary_id=held.id,
            )
            await unit.channels.put([done])
            assert await unit.channels.dispatch(now.id) == done
            assert await unit.channels.dispatches(summary_id=held.id) == [done]
            assert len(await unit.channels.dispatches(alert_id=alert.id)) == 3
            assert await unit.channels.dispatches(channel_id=channel.id, state=DispatchState.HELD) == [held]
            with pytest.raises(DeliveryNotFound):
                await unit.channels.dispatch(gone.id)
            assert await unit.channels.purge(START + timedelta(1)) == 1
            await unit.channels.replace(replace(channel, enabled=False))
            assert await unit.channels.due(DispatchState.HELD, START) == []
            await unit.channels.remove(channel.id)
            assert await unit.channels.dispatches(alert_id=alert.id) == []
