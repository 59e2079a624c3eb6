"""Credentials on command lines and in settings, and what looks like one and is none."""

from __future__ import annotations

import shlex

import pytest

from scanner.redact import MASK, mask_declared, redact

VALUE = "Hunter2xyz"
COMMANDS = [
    "mysql -u root -pHunter2xyz db",
    "mysqldump -uroot -p'Hunter2xyz' --all-databases",
    "mariadb -h db.internal -pHunter2xyz",
    "sshpass -p Hunter2xyz ssh a@b",
    "sshpass -pHunter2xyz scp x a@b:",
    "curl -s -u admin:Hunter2xyz https://a/b",
    "curl 'https://a/b?x=1&y=2' --user admin:Hunter2xyz",
    "curl --proxy-user me:Hunter2xyz https://a",
    "curl \\\n  -u admin:Hunter2xyz \\\n  https://a",
    "http -a admin:Hunter2xyz https://a",
    "redis-cli -h r -a Hunter2xyz ping",
    "mongosh -u a -p Hunter2xyz",
    "docker login -u me -p Hunter2xyz registry.internal",
    "podman login --username me -pHunter2xyz registry.internal",
    "az login --service-principal -u a -p Hunter2xyz --tenant t",
    "az acr login -n reg -u a -p Hunter2xyz",
    "helm registry login r -u a -p Hunter2xyz",
    "sqlcmd -S db -U sa -P Hunter2xyz",
    "ldapsearch -x -D cn=admin -w Hunter2xyz",
    "smbclient //h/s -U user%Hunter2xyz",
    "useradd -m -p Hunter2xyz bob",
    "unzip -P Hunter2xyz a.zip",
    "7z x -pHunter2xyz a.7z",
    "openssl rsa -in k -passin pass:Hunter2xyz",
    "openssl enc -aes-256-cbc -k Hunter2xyz -in a",
    "htpasswd -nbB admin Hunter2xyz",
    'htpasswd -bnBC 10 "" Hunter2xyz | tr -d :',
    "keytool -list -storepass Hunter2xyz",
    "aws configure set aws_secret_access_key Hunter2xyz",
    "echo Hunter2xyz | docker login -u me --password-stdin",
    "docker login -u me --password-stdin <<< 'Hunter2xyz'",
    "echo 'Hunter2xyz' | sudo -S ls",
    "echo 'root:Hunter2xyz' | chpasswd",
    "mysql --password=Hunter2xyz",
    "wget --http-password Hunter2xyz https://a",
    "java -Dspring.datasource.password=Hunter2xyz -jar a.jar",
    "helm upgrade a b --set auth.rootPassword=Hunter2xyz",
    "helm upgrade a b --set replicas=2,auth.password=Hunter2xyz",
    "kubectl create secret generic x --from-literal=password=Hunter2xyz",
    "docker build --build-arg token=Hunter2xyz .",
    "terraform apply -var db_password=Hunter2xyz",
    "the password is Hunter2xyz",
]
INNOCENT = [
    "mkdir -p /srv/app2",
    "ssh -p 2222 host",
    "docker run --name mysql -p3306:3306 -d mysql",
    "docker run -d --name mongo -p 27017:27017 mongo",
    "docker run -d --name mongo -p 127.0.0.1:27017:27017/tcp mongo",
    "apt-get install -y mysql-client && mkdir -p/srv/app2",
    "apt-get install -y mysql-client; tar -pxf a2.tar",
    "mysql -u root -p",
    "mysql -u root -p$MYSQL_PWD",
    'mysql -u root -p"${MYSQL_PWD}" db',
    'sshpass -p "$PW" ssh host2',
    "sshpass -e ssh host2",
    "sshpass -f /run/secrets/pw2 ssh host2",
    "echo $TOKEN2 | docker login -u me --password-stdin",
    'echo "${TOKEN2}" | docker login -u me --password-stdin',
    "curl -u $USER1:$PASS2 https://a",
    'curl -u "${USER1}:${PASS2}" https://a',
    "curl -u user2: https://a",
    "curl -o out2 https://user.example:8443/path2",
    "openssl rsa -passin env:PASS2",
    "openssl rsa -passin file:/run/pw2",
    "openssl x509 -in cert2.pem -pubkey",
    "htpasswd -c /etc/file2 admin",
    'htpasswd -nbB admin "$PASS2"',
    "unzip -p archive2.zip file2",
    "7z x archive2.7z",
    "ldapsearch -x -W -D cn=admin2",
    "keytool -list -storepass:env PASS2",
    "parser.add_argument('--password', help='the password2 to use')",
    "--token-file=/run/token2 --password-file=/run/pw2",
    "use --password to give one, or --token interactively",
    'f"--password={password2}"',
    "subprocess.run(['login', '--token', token2])",
    "docker build --secret id=token2,src=/run/token2 .",
    'options = ["secret=id=token2,src=/run/token2"]',
    "connect(user=user2, password=password2)",
    "connect(\n    user=user2,\n    password=password2,\n)",
    '"WHERE name=:name AND password=:password2"',
    '"host=db password=%(password2)s"',
    "if user == name2 and password == given2:",
    "helm upgrade a b --set auth.existingSecret=secret2",
    'helm upgrade a b --set "auth.password=$PASS2"',
    "the password is required in step2",
    "whether the password is None or str2",
    "git push -u origin main2:main2",
    "docker run -u 1000:1000 image2",
    "pytest -p no:cacheprovider2",
    "az storage blob upload -p path2",
    "httpx.get(url, auth=(user2, password2))",
]


@pytest.mark.parametrize("line", COMMANDS)
@pytest.mark.parametrize("form", ["{}", "RUN {}", "Run {}.", "    command: {}", "x = run(!r)"])
def test_a_value_on_a_command_line_is_masked(line: str, form: str) -> None:
    text = form.replace("!r", repr(line)) if "!r" in form else form.format(line)
    shown = redact(text)
    assert VALUE not in shown
    assert MASK in shown


# A pipe is for a shell.
SINGLE = [line for line in COMMANDS if not {"|", "<<<", "\\", "the"} & {*line.split()}]


@pytest.mark.parametrize("line", SINGLE)
def test_a_command_as_a_list_of_strings(line: str) -> None:
    """As `subprocess` takes it, and as JSON."""
    words = shlex.split(line)
    for text in (f"run({words!r})", "CMD [" + ", ".join(f'"{word}"' for word in words) + "]"):
        assert VALUE not in redact(text), text


@pytest.mark.parametrize("line", INNOCENT)
@pytest.mark.parametrize("form", ["{}", "RUN {}", "    command: {}"])
def test_what_is_none_stays(line: str, form: str) -> None:
    assert redact(form.format(line)) == form.format(line)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ('{"password": "Hunter2xyz', True),
        ("api_key = 'Hunter2xyz", True),
        ('{"password": "required', False),
        ("x = 'password=Hunter2xyz'", True),
        ('"host=db user=me password=hunter"', True),
        ('"dsn=postgresql://u:Hunter2xyz@h/d"', True),
        ("'password=' + value2", False),
        ('"password=" "value2"', False),
        ("token = '", False),
    ],
)
def test_strings_that_are_settings_or_have_no_end(text: str, hidden: bool) -> None:
    assert (MASK in redact(text)) is hidden
    if not hidden:
        assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "PASSWORD=$2b$12$abcdefghijk1",
        "password: $2b$12$abcdefghijk1",
        "https://a.example/?password=%40Secret12x",
        "url?token=:abcd1234efgh",
        "DB_PASSWORD=%x9Secret77",
        "PASSWORD=:S3cr3tpass9",
        "PASSWORD=?S3cr3tpass9",
        "SECRET_KEY=type=abc1234x",
        "--token ?S3cret99x",
        "--password id=S3cret99x",
    ],
)
def test_a_value_that_begins_with_a_sign_is_one_all_the_same(text: str) -> None:
    shown = redact(text)
    assert MASK in shown
    assert not any(part in shown for part in ("cret", "cr3t", "abc", "$2b"))


def test_the_work_grows_with_the_text() -> None:
    """Commands without the option, and options without the command, many times over."""
    for piece in (
        "az " * 20 + "login " * 20,
        "mysql ",
        "curl -u ",
        "docker login ",
        "htpasswd -b a ",
        "echo a ",
        "password=",
    ):
        text = piece * (400_000 // len(piece))
        assert len(redact(text)) > 0


def test_a_script_shows_no_value_in_a_snippet() -> None:
    lines = ["#!/bin/sh", "docker login -u me -p Hunter2xyz r", "export A=1"]
    assert VALUE not in redact("\n".join(mask_declared("run.sh", lines, 1, 3)))
