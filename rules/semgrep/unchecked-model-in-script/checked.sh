#!/bin/bash
# ok: unchecked-model-in-script
wget -q https://models.example.com/net.onnx
# ok: unchecked-model-in-script
curl -fsSLO https://models.example.com/forest.pkl
sha256sum --check models.sha256
# ruleid: unchecked-model-in-script
wget -q https://models.example.com/late.safetensors?version=3
# ok: unchecked-model-in-script
curl -fsS https://models.example.com/v1/predict -d @input.json
# ok: unchecked-model-in-script
curl -F file=@net.onnx https://models.example.com/upload
