"""States of all dialogs. A separate module, so that dialogs can open each other."""

from __future__ import annotations

from aiogram.fsm.state import State, StatesGroup


class Welcome(StatesGroup):
    language = State()
    consent = State()
    refused = State()


class NewBot(StatesGroup):
    choose = State()
    one_tap = State()
    token = State()
    webhook = State()


class Account(StatesGroup):
    choose = State()
    api = State()
    qr = State()
    phone = State()
    code = State()
    password = State()
    over = State()
    connected = State()
    disconnect = State()


class Home(StatesGroup):
    card = State()
    bots = State()


class Features(StatesGroup):
    overview = State()
    feature = State()
    choice = State()
    write = State()


class Preferences(StatesGroup):
    menu = State()
    language = State()


class Privacy(StatesGroup):
    overview = State()
    record = State()
    export = State()
    erase = State()
    erase_me = State()


class Help(StatesGroup):
    page = State()
    write = State()


class Viewing(StatesGroup):
    """While impersonating: the confirmation that enables changes."""

    write = State()


class Admin(StatesGroup):
    overview = State()
    card = State()
    suspend_reason = State()
    suspend_until = State()
    suspend_confirm = State()
    throttle = State()
    limits = State()
    aside = State()
    aside_one = State()
    restart_all = State()
    restarting = State()
    view_reason = State()
    view_confirm = State()
    record = State()
    roles = State()
    role = State()
    add_person = State()


STAFF_ONLY = frozenset({Admin, Viewing})
