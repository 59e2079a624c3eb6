#!/bin/sh
set -e
# ok: remote-code-in-launch-command
# never start this with --trust-remote-code
# ok: remote-code-in-launch-command
vllm serve "$MODEL" --revision 5d2f9d4a1c3b7e8f60718293a4b5c6d7e8f90a1b
# ok: remote-code-in-launch-command
python -m sglang.launch_server --model "$MODEL" --trust-remote-code=false
exec vllm serve "$MODEL" \
  --max-model-len 8192 \
# ruleid: remote-code-in-launch-command
  --trust-remote-code
# ruleid: remote-code-in-launch-command
export TRUST_REMOTE_CODE=true
