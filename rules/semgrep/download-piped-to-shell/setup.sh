#!/bin/bash
# ruleid: download-piped-to-shell
curl -fsSL https://install.example.org/a.sh | sudo -E bash -s -- --yes
# ruleid: download-piped-to-shell
wget -qO- https://install.example.org/a.sh | /bin/sh
# ruleid: download-piped-to-shell
bash <(curl -fsSL https://install.example.org/a.sh)
# ruleid: download-piped-to-shell
source <(curl -s https://install.example.org/a.sh)
# ruleid: download-piped-to-shell
. <(wget -qO- https://install.example.org/a.sh)
# ruleid: download-piped-to-shell
sh -c "$(wget -qO- https://install.example.org/a.sh)"
# ruleid: download-piped-to-shell
eval "$(curl -s https://install.example.org/a.sh)"
# ruleid: download-piped-to-shell
curl -fsSL https://install.example.org/a.py | python3 -
# ruleid: download-piped-to-shell
curl https://install.example.org/a.sh | env VERSION=1 bash
# ruleid: download-piped-to-shell
curl https://install.example.org/a.sh |& tee a.sh | bash
# ok: download-piped-to-shell
curl -s https://api.example.org/models | python3 -m json.tool
# ok: download-piped-to-shell
curl -s https://api.example.org/models | jq .data
# ok: download-piped-to-shell
curl -s https://data.example.org/a.tar.gz | tar xz
# ok: download-piped-to-shell
curl -so a.sh https://install.example.org/a.sh && sha256sum -c a.sums && bash a.sh
# ok: download-piped-to-shell
VERSION="$(curl -s https://api.example.org/version)"
