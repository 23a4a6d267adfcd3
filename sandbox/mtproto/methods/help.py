"""help.*: server addresses, all of this server."""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from sandbox.mtproto import tl_codec
from sandbox.mtproto.request import Call

HOME_DC = 2
DATA_CENTRES = range(1, 6)
CONFIG_LIVES = 3600
FREEZE = 30 * 86_400
"""Seconds an appeal is possible for."""


def get_config(call: Call) -> Any:
    """Every data centre has an address of this server, so no client connects to real ones."""
    now = call.world.now()
    server = call.server
    return types.Config(
        date=tl_codec.moment(now),
        expires=tl_codec.moment(now + CONFIG_LIVES),
        test_mode=False,
        this_dc=HOME_DC,
        dc_options=[types.DcOption(dc, server.host, server.port_of(dc)) for dc in DATA_CENTRES],
        dc_txt_domain_name="",
        chat_size_max=200,
        megagroup_size_max=200_000,
        forwarded_count_max=100,
        online_update_period_ms=210_000,
        offline_blur_timeout_ms=5_000,
        offline_idle_timeout_ms=30_000,
        online_cloud_timeout_ms=300_000,
        notify_cloud_delay_ms=30_000,
        notify_default_delay_ms=1_500,
        push_chat_period_ms=60_000,
        push_chat_limit=2,
        edit_time_limit=172_800,
        revoke_time_limit=2_147_483_647,
        revoke_pm_time_limit=2_147_483_647,
        rating_e_decay=2_419_200,
        stickers_recent_limit=200,
        channels_read_media_period=604_800,
        call_receive_timeout_ms=20_000,
        call_ring_timeout_ms=90_000,
        call_connect_timeout_ms=30_000,
        call_packet_timeout_ms=10_000,
        me_url_prefix="https://t.me/",
        caption_length_max=1_024,
        message_length_max=4_096,
        webfile_dc_id=HOME_DC,
    )


def get_nearest_dc(_call: Call) -> Any:
    return types.NearestDc("", HOME_DC, HOME_DC)


def get_cdn_config(_call: Call) -> Any:
    return types.CdnConfig([])


def get_app_config(call: Call) -> Any:
    """https://core.telegram.org/api/config#client-configuration — the part about freezing."""
    since = call.logins.frozen.get(call.session.user_id or 0)
    entries = []
    if since is not None:
        entries = [
            types.JsonObjectValue("freeze_since_date", types.JsonNumber(float(since))),
            types.JsonObjectValue("freeze_until_date", types.JsonNumber(float(since + FREEZE))),
            types.JsonObjectValue("freeze_appeal_url", types.JsonString("https://t.me/SpamBot")),
        ]
    return types.help.AppConfig(len(entries), types.JsonObject(entries))


METHODS = {
    functions.help.GetAppConfigRequest: get_app_config,
    functions.help.GetConfigRequest: get_config,
    functions.help.GetNearestDcRequest: get_nearest_dc,
    functions.help.GetCdnConfigRequest: get_cdn_config,
}
