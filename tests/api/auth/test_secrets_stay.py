"""No secret in an answer that is not its own, in a log, on the terminal, in a file or in a traceback."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.api.auth.gateways import HERE, World, bearer, sign_in
from titan.api.shapes import control

WORDS = ("first-password-of-all", "second-password-of-all", "third-password-wrong", "password-of-bert-too")
NAME_FIELD = "password-in-the-name-field"


class Heard:
    """Every answer, and every secret that was in one on purpose: (path, secret)."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, str]] = []
        self.secrets: set[str] = set(WORDS)

    async def hear(self, answer: httpx.Response) -> None:
        await answer.aread()
        told = [f"{name}: {value}" for name, value in answer.headers.multi_items() if name != "set-cookie"]
        self.answers.append(
            (f"{answer.request.method} {answer.request.url.path}", "\n".join([*told, answer.text]))
        )
        for cookie in answer.headers.get_list("set-cookie"):
            self.secrets.add(cookie.partition("=")[2].partition(";")[0].strip('"'))
        if answer.headers.get("content-type", "").startswith("application/json"):
            document = answer.json()
            for key in ("access", "secret"):
                if isinstance(document, dict) and key in document:
                    self.secrets.add(document[key])


MAY_TELL = {
    "POST /v1/auth/setup": "access",
    "POST /v1/auth/login": "access",
    "POST /v1/auth/refresh": "access",
    "POST /v1/auth/password": "access",
    "POST /v1/auth/totp/confirm": "access",
    "POST /v1/auth/totp": "secret",
}


async def whole_flow(world: World, heard: Heard) -> None:
    async with world.client() as client:
        client.event_hooks["response"] = [heard.hear]
        word = world.authority.first_word
        heard.secrets.add(word)
        bad = {"token": word + "x", "name": "anna", "password": WORDS[0]}
        await client.post("/v1/auth/setup", json=bad)
        anna = await client.post("/v1/auth/setup", json={**bad, "token": word})
        await sign_in(client, "anna", WORDS[2])
        await sign_in(client, NAME_FIELD, WORDS[2])
        totp = await client.post("/v1/auth/totp", headers=bearer(anna))
        secret = totp.json()["secret"]
        await client.post("/v1/auth/totp/confirm", headers=bearer(anna), json={"code": "12345"})
        code = {"code": world.code(secret)}
        anna = await client.post("/v1/auth/totp/confirm", headers=bearer(anna), json=code)
        old = next(iter(client.cookies.jar)).value or ""
        world.clock.passes(60)
        anna = await client.post("/v1/auth/refresh", headers=HERE)
        change = {"before": WORDS[2], "after": WORDS[1]}
        await client.post("/v1/auth/password", headers=bearer(anna), json=change)
        change["before"] = WORDS[0]
        anna = await client.post("/v1/auth/password", headers=bearer(anna), json=change)
        bert = {"name": "bert", "password": WORDS[3], "scopes": ["trade"]}
        await client.post("/v1/users", headers=bearer(anna), json=bert)
        await client.post("/v1/users", headers=bearer(anna), json=bert)
        await client.post("/v1/users", headers=bearer(anna), json={**bert, "scopes": "wrong kind"})
        await client.post("/v1/auth/login", json={"name": ["x"], "password": WORDS[2]})
        await client.post("/v1/auth/login", json={"name": "x", "password": {"deep": WORDS[2]}})
        for body in (f'{{"name": "x", "password": "{WORDS[2]}"', f"{WORDS[2]}", f'"{WORDS[2]}"'):
            kind = {"Content-Type": "application/json"}
            await client.post("/v1/auth/login", content=body, headers=kind)
        for path in ("/v1/users", "/v1/audit?limit=1000", "/v1/auth/me", "/v1/auth/state", "/v1/users/bert"):
            await client.get(path, headers=bearer(anna))
        await client.get("/v1/auth/me", headers={"Authorization": f"Basic {WORDS[2]}"})
        await client.get("/v1/auth/me", headers=bearer(anna.json()["access"] + "x"))
        client.cookies.set(next(iter(client.cookies.jar)).name, old, domain="127.0.0.1", path="/v1/auth")
        await client.post("/v1/auth/refresh", headers=HERE)
        users = world.folder / "users.json"
        kept = users.read_bytes()
        users.write_bytes(kept[:-40])
        await sign_in(client, "anna", WORDS[1])
        users.write_bytes(kept)
        await client.delete("/v1/auth/totp", headers=bearer(anna))
        await client.post("/v1/auth/logout", headers=bearer(anna))
    heard.secrets.discard("")


def forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()}


async def test_the_whole_flow_leaves_no_secret_anywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    world, heard = World(tmp_path), Heard()
    await whole_flow(world, heard)
    keys = {base64.b64encode(key.secret).decode() for key in world.authority.keys._document.read().keys}
    hashes = {user.hash for user in world.authority.users.all()}
    assert len(heard.secrets) > 12
    every = {form for secret in heard.secrets | keys | hashes for form in forms(secret)}

    told = capfd.readouterr()
    for place, text in (("log", caplog.text), ("stdout", told.out), ("stderr", told.err)):
        assert not [secret for secret in every if secret in text], place
    for route, text in heard.answers:
        allowed = set()
        if route in MAY_TELL and text.rpartition("\n")[2].startswith("{"):
            document = httpx.Response(200, content=text.rpartition("\n")[2]).json()
            allowed = {document.get(MAY_TELL[route], "")}
        inside = [s for s in every if s in text and not any(s in a or s in quote(a) for a in allowed)]
        uri = route == "POST /v1/auth/totp"
        assert not inside or (uri and all(s in allowed for s in inside)), (route, text)
    files = {file.name: file.read_text() for file in world.folder.iterdir()}
    for name, text in files.items():
        own = {"keys.json": keys, "users.json": hashes}.get(name, set())
        found = [secret for secret in every - own if secret in text]
        if name == "users.json":  # the secret of a confirmed TOTP has to be kept; the flow took it away again
            assert not found
        assert not found, name
    assert NAME_FIELD not in "".join(files.values())


@pytest.mark.parametrize(
    "make",
    [
        lambda word: control.FirstUser(word, "anna", word),
        lambda word: control.SignIn("anna", word, word),
        lambda word: control.Session(word, 0.0, "anna", (), False, False),
        lambda word: control.TotpShape(word, word),
        lambda word: control.Code(word),
        lambda word: control.PasswordChange(word, word),
        lambda word: control.NewUser("anna", word, ()),
    ],
)
def test_a_document_with_a_secret_does_not_show_it(make: Callable[[str], object]) -> None:
    from rich.console import Console

    document = make("the-secret-word")
    console = Console(record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(document, [document])
    shown = [repr(document), str(document), f"{document}", repr([document]), console.export_text()]
    try:
        raise ValueError(document)
    except ValueError:
        shown.append(traceback.format_exc())
    assert not [text for text in shown if "the-secret-word" in text]
