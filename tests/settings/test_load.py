"""Settings are loaded: a file under the environment, and errors that say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from fsrouter.errors import UsageError
from fsrouter.settings.load import database, load
from fsrouter.settings.model import Log, Switch
from settings.files import written


def test_defaults_hold_without_file_and_environment(home: dict[str, str]) -> None:
    found = load("", home)
    assert found.address == ("127.0.0.1", 8084) and found.web_address == ("127.0.0.1", 8085)
    assert found.database == f"sqlite:///{home['HOME']}/.local/share/fsrouter/fsrouter.db"
    assert found.freeswitch == (Switch(password="ClueCon"),)
    assert len(found.key) == 64


def test_file_gives_every_kind_of_setting(tmp_path: Path, home: dict[str, str]) -> None:
    text = """
    database = "postgresql://fsrouter@db/calls"
    listen = "0.0.0.0:9000"
    limit = 50
    stop_after = 12.5
    peers = ["10.0.0.0/8"]
    [trunks]
    carrier = "sofia/external/{number}@10.0.0.1"
    [dialling]
    countries = ["US", "CA"]
    prefixes = ["+44207"]
    [[freeswitch]]
    host = "10.0.0.5"
    password = "first"
    [[freeswitch]]
    host = "10.0.0.6"
    """
    found = load(written(tmp_path, text), home)
    assert (found.limit, found.stop_after, found.peers) == (50, 12.5, ("10.0.0.0/8",))
    assert found.dialling.countries == ("US", "CA") and found.dialling.prefixes == ("+44207",)
    assert [(switch.host, switch.password) for switch in found.freeswitch] == [
        ("10.0.0.5", "first"),
        ("10.0.0.6", "ClueCon"),
    ]


def test_one_freeswitch_needs_no_list(tmp_path: Path, home: dict[str, str]) -> None:
    assert load(written(tmp_path, '[freeswitch]\nhost = "10.0.0.5"'), home).freeswitch[0].host == "10.0.0.5"


def test_environment_overrides_file(tmp_path: Path, home: dict[str, str]) -> None:
    path = written(tmp_path, 'database = "sqlite:///a"\nnode = "a"\nkey = "k"\n[freeswitch]\npassword = "p"')
    said = {"FSROUTER_CONFIG": path, "FSROUTER_DATABASE": "sqlite:///b", "FSROUTER_ESL_PASSWORD": "q"}
    found = load("", home | said)
    assert (found.database, found.node, found.key, found.freeswitch[0].password) == ("sqlite:///b", "a", "k", "q")


def test_environment_overrides_a_key_of_a_table(tmp_path: Path, home: dict[str, str]) -> None:
    path = written(tmp_path, '[log]\nformat = "console"\nlevel = "debug"')
    assert load(path, home | {"FSROUTER_LOG_FORMAT": "json"}).log == Log(format="json", level="debug")
    with pytest.raises(UsageError, match=r"the environment: log\.format is 'xml'"):
        load(path, home | {"FSROUTER_LOG_FORMAT": "xml"})
    with pytest.raises(UsageError, match="log: is a text"):
        load(written(tmp_path, "log = 'json'"), home | {"FSROUTER_LOG_FORMAT": "json"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lissten = 'x'", "lissten"),
        ("limit = 'many'", r"limit"),
        ("limit = 0", "limit is 0; it must be at least 1"),
        ("stop_after = -1.0", "stop_after is -1"),
        ("listen = '8084'", "listen: '8084' is no address"),
        ("web = 'nowhere'", "web: 'nowhere' is no address"),
        ("routers = ['10.0.0.1:8084', 'b']", r"routers\[1\]: 'b' is no address"),
        ("[freeswitch]\nport = 80210", r"freeswitch\[0\].port is 80210"),
        ("peers = ['10.0.0.0/8', 'home']", "peers: 'home' is no network"),
        ("crm_networks = ['10.0.0.0/99']", "crm_networks: '10.0.0.0/99' is no network"),
        ("[dialling]\ncountries = ['us']", "dialling.countries: 'us' is no country; did you mean 'US'"),
        ("[dialling]\ncountries = ['UK']", "did you mean 'GB'"),
        ("[dialling]\ncountries = ['XX']", "'XX' is no country; write its ISO 3166 code"),
        ("[dialling]\nkinds = ['premum']", "dialling.kinds: 'premum' is no kind of number; did you mean 'premium'"),
        ("[dialling]\nkinds = ['mobile']", "dialling.kinds: 'mobile' is open wherever a country is"),
        ("[dialling]\nkinds = ['unassigned']", "'unassigned' is no kind of number"),
        ("[dialling]\nprefixes = ['44207']", "dialling.prefixes: '44207' is no prefix"),
        ("[dialling]\nprefixes = ['+4']", r"no calling code begins with '\+4', or several do"),
        ("[dialling]\nprefixes = ['+999']", "no calling code begins"),
        *(
            (f"[dialling]\nendpoints = ['{pattern}']", "opens what nobody can tell")
            for pattern in (
                "*",
                "sofia/*",
                "sofia/*/1@h",
                "sofia/external/*",
                "sofia/external/*@*",
                "sofia/gateway/*/1",
                "user/*",
                "sofia/gateway/a",
                "sofia/gateway/a/1@h",
                "loopback/*",
                "",
                "sofia/internal/1@a*",
            )
        ),
        *(
            (f"[dialling]\nextensions = ['{pattern}']", "is no beginning of extensions")
            for pattern in ("*", "**", "", "7 *", "a/b")
        ),
        *(
            (f"[dialling]\nendpoints = ['sofia/gateway/{gateway}/{pattern}']\n[trunks]\n{trunk}", "opens every number")
            for gateway, trunk in (
                ("a", "t = 'a'"),
                ("a", "t.gateways = ['b', 'a']"),
                ("x::a", "t = 'sofia/gateway/x::a/{digits}'"),
            )
            for pattern in ("*", "+*", "**")
        ),
        *(
            (f"[dialling]\nextensions = ['{pattern}']", "is of numbers; open numbers by")
            for pattern in ("+*", "+1900*")
        ),
        ("[dialling]\ncalls = -1", "dialling.calls is -1"),
        ("[dialling]\nan_hour = -1", "dialling.an_hour is -1"),
        ("[dialling]\ncountrys = []", r"unknown setting 'countrys' in \[dialling\]; did you mean 'countries'"),
        (
            "[trunks]\ncarrier = 'sofia/external/@10.0.0.1'",
            "trunks.carrier: .* names no number; write {number} or {digits}",
        ),
        ("[trunks]\ncarrier = 'sofia/external/{nummer}@10.0.0.1'", "trunks.carrier: .* is no template"),
        ("[trunks]\ncarrier = 'sofia/external/{number}{digits}@h'", "trunks.carrier: .* is no template"),
        ("[trunks]\ncarrier = 'sofia/external/{number}@h,user/1'", "can be no dial string: it has the character ','"),
        ("[trunks]\ncarrier = 'loopback/{number}'", "can be no dial string: it does not have the form"),
        ("[trunks]\ncarrier = 'my gateway'", "trunks.carrier: 'my gateway' is no name of a gateway"),
        ("[trunks]\ncarrier = ''", "trunks.carrier: '' is no name of a gateway"),
        ("[trunks]\n'The Carrier' = 'a'", "trunks: 'The Carrier' is no name of a trunk"),
        ("[trunks.a]", r"trunks\.a has no gateways; name those of FreeSWITCH"),
        ("[trunks.a]\ngateways = ['x', {name = 'y', weight = -1}]", r"trunks.a.gateways\[1\]: the weight of y is -1"),
        ("[trunks.a]\ngateways = [{name = 'y', weight = 0}]\norder = 'weighted'", "trunks.a: no gateway has a weight"),
        ("[trunks.a]\ngateways = ['x', 'y', {name = 'x'}]", r"trunks.a.gateways\[2\]: x is there already"),
        ("[trunks.a]\ngateways = ['x']\norder = 'weightd'", "trunks.a.order is 'weightd'; did you mean 'weighted'"),
        ("[trunks.a]\ngateways = ['x']\nfinal = [200]", "trunks.a.final: 200 is no SIP code of a failed call"),
        ("[trunks.a]\ngateways = ['x']\ncalls = -1", "trunks.a.calls is -1"),
        ("[trunks.a]\ngateways = ['x']\nwait = 0", "trunks.a.wait is 0; it must be more than 0"),
        ("[trunks.a]\ngateways = ['x']\nwait = nan", "trunks.a.wait is nan"),
        ("[trunks.a]\ngateways = ['x']\ncompanies = []", "trunks.a.companies is empty"),
        ("[trunks.a]\ngateways = ['x']\ncompanies = ['Acme Inc']", "'Acme Inc' is no name of a company"),
        ("[trunks.a]\ngateway = ['x']", r"unknown setting 'gateway' in \[trunks.a\]; did you mean 'gateways'"),
        (
            "[trunks.a]\ngateways = [{nme = 'x'}]",
            r"unknown setting 'nme' in \[trunks.a.gateways\]; did you mean 'name'",
        ),
        ("[trunks.a]\ngateways = ['x']\n[trunks.b]\ngateways = [{}]", r"trunks\.b\.gateways\[0\]: .*name"),
        ("[trunks]\na = ['x']", "trunks.a: is a list .* where a table"),
        ("context = 'de fault'", "context is 'de fault'"),
        ("[speech]\nvoice = 'a|b'", "speech.voice is"),
        ("[numbers]\nincoming = 'e146'", "numbers.incoming is 'e146'; did you mean 'e164'"),
        ("[numbers]\nincoming = 'E164'", "did you mean 'e164'"),
        ("[numbers]\nincoming = 'x'", "numbers.incoming is 'x'; it must be one of auto, e164, plus, national"),
        ("[numbers.gateways.carrier]\nincoming = 'nationl'", "numbers.gateways.carrier.incoming is 'nationl'; did you"),
        ("[numbers.profiles.external]", "numbers.profiles.external.incoming is ''; it must be one of"),
        ("[numbers.freeswitch.'fs 1']\nincoming = 'p'", "numbers.freeswitch.fs 1.incoming is 'p'"),
        ("[numbers]\nincomming = 'auto'", r"unknown setting 'incomming' in \[numbers\]; did you mean 'incoming'"),
        ("[numbers.gateways.a]\nincomming = 'auto'", "in .numbers.gateways.; did you mean 'incoming'"),
        ("[numbers.gateway.a]\nincoming = 'auto'", "unknown setting 'gateway' in .numbers.; did you mean 'gateways'"),
        ("[numbers]\ninternal = 'internal'", "numbers.internal: is a text"),
        ("[numbers]\ninternal = ['internal', 'my phones']", r"numbers.internal\[1\] is 'my phones'; write the name"),
        ("[log]\nformat = 'xml'", "log.format is 'xml'; it must be one of console, json"),
        ("[log]\nlevel = 'loud'", "log.level is 'loud'"),
        ("limit = 0\nstop_after = -1.0", "limit is 0(.|\n)*stop_after is -1"),
        ("[freeswitch]\nhosst = 'x'", "hosst"),
        ("[dialling]\ncountries = 'US'", "countries"),
        ("listen = ", "is no TOML"),
        ("a\x00b", "is no TOML"),
    ],
)
def test_wrong_file_is_named_with_its_problem(tmp_path: Path, home: dict[str, str], text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UsageError, match=says) as told:
        load(path, home)
    assert path in str(told.value)


def test_missing_file_is_refused(tmp_path: Path, home: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        load(str(tmp_path / "none.toml"), home)


def test_form_of_incoming_numbers_is_that_of_the_most_special_place(tmp_path: Path, home: dict[str, str]) -> None:
    text = """
    [numbers]
    incoming = "plus"
    [numbers.gateways.carrier]
    incoming = "e164"
    [numbers.profiles.external]
    incoming = "national"
    [numbers.freeswitch.fs1]
    incoming = "auto"
    """
    numbers = load(written(tmp_path, text), home).numbers
    assert numbers.incoming_of("carrier", "external", "fs1") == "e164"
    assert numbers.incoming_of("other", "external", "fs1") == "national"
    assert numbers.incoming_of("", "internal", "switch-1", "fs1") == "auto"
    assert numbers.incoming_of("", "", "fs2") == "plus"
    assert load("", home).numbers.incoming_of("carrier", "external", "fs1") == "auto"


def test_database_name_is_had_without_making_anything(home: dict[str, str]) -> None:
    assert database("", home).endswith("fsrouter.db")
    assert not Path(home["HOME"]).exists()


def test_rate_sheet_lies_beside_the_settings(tmp_path: Path, home: dict[str, str]) -> None:
    found = load(written(tmp_path, '[rates]\nfile = "rates.csv"\ncurrency = "EUR"\n'), home)
    assert (found.rates.file, found.rates.currency) == (str(tmp_path.resolve() / "rates.csv"), "EUR")
    assert load(written(tmp_path, '[rates]\nfile = "/etc/rates.csv"\n'), home).rates.file == "/etc/rates.csv"
    assert load("", home).rates.file == ""


@pytest.mark.parametrize("currency", ["usd", "US", "DOLLAR", "", "U$D", "ÄÖÜ"])
def test_currency_is_three_letters(tmp_path: Path, home: dict[str, str], currency: str) -> None:
    with pytest.raises(UsageError, match=r"rates\.currency is"):
        load(written(tmp_path, f'[rates]\ncurrency = "{currency}"\n'), home)
