"""The desk's windows: the list, a tenant's card, and one for each deed."""

from __future__ import annotations

from typing import Any

from aiogram_dialog import Dialog, LaunchMode
from aiogram_dialog.widgets.input import MessageInput
from aiogram_dialog.widgets.kbd import Group, Row, Select, SwitchTo

from controlbot.admin import deeds, people, view
from controlbot.dialogs.states import Admin
from controlbot.kit import Confirm, Label, Lines, Press, Say, Show, back, window
from controlbot.kit.buttons import home_button
from controlbot.kit.text import Item
from tenants.i18n import mark as _


def build_admin() -> Dialog:
    return Dialog(
        _overview(), _card(), _suspend_reason(), _suspend_confirm(), _throttle(), _view_reason(),
        _view_confirm(), _record(), *people.windows(), launch_mode=LaunchMode.ROOT,
    )  # fmt: skip


def _overview() -> Any:
    return window(
        Admin.overview,
        [
            Say(_("🗂 <b>Admin desk</b>")),
            Lines(Show("counts"), Show("searching")),
            Say(_("🔎 To search, send a name, @username or id."), when="not_searching"),
            Say(_("Nothing here."), when="none"),
        ],
        [
            _list("tenants", view.open_tenant),
            Row(
                Press(_("◀️"), "earlier", view.earlier, when="pages"),
                Press(_("{page} / {pages}"), "page", view.stay, when="pages"),
                Press(_("▶️"), "next", view.later, when="pages"),
            ),
            Group(
                Select(
                    Item("label"),
                    id="filter",
                    item_id_getter=lambda item: item.key,
                    items="filters",
                    on_click=view.choose_filter,
                ),
                width=4,
            ),
            Press(_("✖️ Show all"), "clear", view.clear_search, when="searching"),
            Row(
                SwitchTo(
                    Label(_("📖 Record")), id="record", state=Admin.record, on_click=view.all_
                ),
                SwitchTo(Label(_("👥 Roles")), id="roles", state=Admin.roles, when="owner"),
            ),
            home_button(),
        ],
        getter=view.overview,
        inputs=[MessageInput(view.search)],
    )


def _card() -> Any:
    return window(
        Admin.card,
        [
            Lines(Show("title"), Show("link_line"), Show("owner_line")),
            Lines(Show("status"), Show("detail"), Show("reason"), Show("speed"), Show("account")),
            Lines(Show("usage"), Show("dates")),
        ],
        [
            SwitchTo(Label(_("⛔ Suspend")), id="suspend", state=Admin.suspend_reason,
                     when="can_suspend"),
            Press(_("✅ Lift the suspension"), "resume", deeds.resume, when="can_resume"),
            SwitchTo(Label(_("🐢 Speed")), id="throttle", state=Admin.throttle,
                     when="can_throttle"),
            SwitchTo(Label(_("👁 View as its owner")), id="view", state=Admin.view_reason,
                     when="can_view"),
            Press(_("🔁 Restart"), "restart", deeds.restart, when="can_restart"),
            SwitchTo(Label(_("📖 Record")), id="record", state=Admin.record),
            Press(_("⬅️ Back"), "back", view.to_overview),
        ],
        getter=view.card,
    )  # fmt: skip


def _suspend_reason() -> Any:
    return window(
        Admin.suspend_reason,
        [
            Say(_("⛔ <b>Suspend @{username}</b>")),
            Say(_("Why? Send the reason as a message, or tap one. Its owner will read it.")),
        ],
        [_list("reasons", deeds.reason_tapped), back(Admin.card)],
        getter=[view.named, deeds.reasons],
        inputs=[MessageInput(deeds.reason_written)],
    )


def _suspend_confirm() -> Any:
    return window(
        Admin.suspend_confirm,
        [
            Say(_("⛔ <b>Suspend @{username}?</b>")),
            Say(_("Reason: <i>{reason}</i>")),
            Say(_("It stops at once. Its owner is told why and how to reply.")),
        ],
        [
            Confirm(_("Yes, suspend"), "sure", deeds.suspend),
            SwitchTo(Label(_("No")), id="no", state=Admin.card),
        ],
        getter=[view.named, deeds.given_reason],
    )


def _throttle() -> Any:
    return window(
        Admin.throttle,
        [
            Say(_("🐢 <b>Speed of @{username}</b>")),
            Show("levels_text"),
            Say(_("It takes effect within a second, and its owner is told.")),
        ],
        [_list("levels", deeds.throttle), back(Admin.card)],
        getter=[view.named, deeds.levels],
    )


def _view_reason() -> Any:
    return window(
        Admin.view_reason,
        [
            Say(_("👁 <b>View as the owner of @{username}</b>")),
            Say(
                _(
                    "You see their home and settings for 30 minutes and can change nothing. They "
                    "are told that you look, and why."
                )
            ),
            Say(_("Why? Send the reason as a message.")),
        ],
        [back(Admin.card)],
        getter=view.named,
        inputs=[MessageInput(deeds.view_reason_written)],
    )


def _view_confirm() -> Any:
    return window(
        Admin.view_confirm,
        [Say(_("👁 <b>View as the owner of @{username}?</b>")), Say(_("Reason: <i>{reason}</i>"))],
        [
            Confirm(_("Yes, for 30 minutes"), "sure", deeds.begin_viewing),
            SwitchTo(Label(_("No")), id="no", state=Admin.card),
        ],
        getter=[view.named, deeds.given_reason],
    )


def _record() -> Any:
    return window(
        Admin.record,
        [Say(_("📖 <b>Record</b>")), Show("entries")],
        [
            Row(
                Press(_("◀️ Newer"), "newer", view.newer, when="pages"),
                Press(_("Older ▶️"), "older", view.older, when="pages"),
            ),
            Press(_("⬅️ Back"), "back", view.from_record),
        ],
        getter=view.record,
    )


def _list(items: str, clicked: Any) -> Group:
    return Group(
        Select(
            Item("label"),
            id=items,
            item_id_getter=lambda item: item.key,
            items=items,
            on_click=clicked,
        ),
        width=1,
    )
