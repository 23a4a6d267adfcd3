"""All features of the process, and the feature set of a tenant's choices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import entry_points
from typing import Final, Self

import structlog
from aiogram import Router
from pydantic import ValidationError

from tenants.bot.features.api import Feature, Matcher, Options
from tenants.bot.update_header import UpdateHeader
from tenants.domain.model import FeatureChoice

log = structlog.get_logger(__name__)

ENTRY_POINT: Final = "controlbot.features"
_REMEMBERED: Final = 1024


class FeatureSet:
    """A tenant's enabled features with their options. Tenants with equal choices share one."""

    __slots__ = ("_wants", "allowed_updates", "features", "options", "routes")

    def __init__(self, features: Iterable[Feature], options: Mapping[str, Options]) -> None:
        self.options = options
        self.features = tuple(features)
        self._wants: dict[str, tuple[Matcher, ...] | None] = _wants(self.features)
        self.allowed_updates = sorted(self._wants)
        self.routes = {
            kind: tuple(f for f in self.features if any(i.kind == kind for i in f.interests))
            for kind in self._wants
        }
        """Features called for each kind of update, in order."""

    def wants(self, seen: UpdateHeader) -> bool:
        """Whether any feature may handle the update; if False it is dropped at once."""
        matchers = self._wants.get(seen.kind, ())
        return matchers is None or any(matches(seen) for matches in matchers)


class Registry:
    """All features of this process, by key, in the order their routers are called."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self._features: dict[str, Feature] = {}
        for feature in sorted(features, key=lambda feature: feature.order):
            if feature.key in self._features:
                raise ValueError(f"two features have the key {feature.key!r}")
            self._features[feature.key] = feature
        self._sets: dict[object, FeatureSet] = {}

    @classmethod
    def with_installed(cls, ours: Iterable[Feature]) -> Self:
        """Built-in features and those of installed packages. One that fails to load is logged
        and skipped."""
        features = list(ours)
        taken = {feature.key for feature in features}
        for entry in entry_points(group=ENTRY_POINT):
            try:
                offered = entry.load()
                feature = offered if isinstance(offered, Feature) else offered()
                if not isinstance(feature, Feature) or feature.key in taken:
                    raise TypeError("not a Feature, or its key is taken")
            except Exception:
                log.exception("feature not loaded", entry_point=entry.name)
                continue
            taken.add(feature.key)
            features.append(feature)
        return cls(features)

    def __iter__(self) -> Iterator[Feature]:
        return iter(self._features.values())

    def get(self, key: str) -> Feature | None:
        return self._features.get(key)

    def build_routers(self) -> dict[str, Router]:
        """A new router for each feature, by its key."""
        return {feature.key: feature.build_router() for feature in self._features.values()}

    def choose(self, choices: Mapping[str, FeatureChoice]) -> FeatureSet:
        """The feature set of a tenant's stored choices. Options that no longer fit their model
        fall back to its defaults, so an old row never stops a bot."""
        key = repr(sorted((k, c.enabled, sorted(c.options.items())) for k, c in choices.items()))
        known = self._sets.get(key)
        if known is None:
            if len(self._sets) >= _REMEMBERED:
                self._sets.clear()
            known = self._sets[key] = self._build(choices)
        return known

    def _build(self, choices: Mapping[str, FeatureChoice]) -> FeatureSet:
        on: list[Feature] = []
        options: dict[str, Options] = {}
        for feature in self._features.values():
            choice = choices.get(feature.key)
            enabled = choice.enabled if choice else feature.on_by_default
            if enabled or feature.essential:
                on.append(feature)
                options[feature.key] = _options(feature, choice)
        return FeatureSet(on, options)


def _options(feature: Feature, choice: FeatureChoice | None) -> Options:
    try:
        return feature.options.model_validate(choice.options if choice else {})
    except ValidationError:
        log.warning("invalid feature options, using defaults", feature=feature.key)
        return feature.options()


def _wants(features: Iterable[Feature]) -> dict[str, tuple[Matcher, ...] | None]:
    wants: dict[str, tuple[Matcher, ...] | None] = {}
    for interest in (interest for feature in features for interest in feature.interests):
        matchers = wants.get(interest.kind, ())
        if matchers is None or interest.matches is None:
            wants[interest.kind] = None
        else:
            wants[interest.kind] = (*matchers, interest.matches)
    return wants
