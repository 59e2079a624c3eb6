#!/bin/sh
# ruleid: download-without-verification
curl -k -o model.bin https://models.example.org/model.bin
# ruleid: download-without-verification
curl -fsSkL https://models.example.org/model.bin -o model.bin
# ruleid: download-without-verification
wget --no-check-certificate https://models.example.org/model.bin
# ruleid: download-without-verification
pip install --trusted-host pypi.internal -r requirements.txt
# ruleid: download-without-verification
export GIT_SSL_NO_VERIFY=1
# ruleid: download-without-verification
git -c http.sslVerify=false clone https://example.org/m.git
# ok: download-without-verification
curl --fail --keepalive-time 2 -o model.bin https://models.example.org/model.bin
# ok: download-without-verification
curl -fsSL https://models.example.org/a-k.bin -o k.bin
# ok: download-without-verification
pip install --cert /etc/ssl/internal.pem -r requirements.txt
# ok: download-without-verification
curl -f https://models.example.org/x | sort -k 2
# ok: download-without-verification
curl -k https://localhost:8443/health
# ok: download-without-verification
curl -fsSk "https://127.0.0.1:${PORT}/health"
# ok: download-without-verification
nvidia-smi -x -q > gpu.xml
# ruleid: download-without-verification
curl -k https://localhost.example.org/model.bin -o model.bin
