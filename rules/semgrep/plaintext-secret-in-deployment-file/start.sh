#!/bin/sh
# ruleid: plaintext-secret-in-deployment-file
export WANDB_API_KEY=4f9a1c77be02d6538a9e41c0aa
# ok: plaintext-secret-in-deployment-file
export WANDB_API_KEY="$(cat /run/secrets/wandb1)"
