#!/bin/sh
# What the trainer image runs: fetch a snapshot, train on it on every GPU there is, share the bundle.
#   deploy/train.sh SNAPSHOT [options of manage.py train]
# The bundle's digest is the last line. A site on the same bucket or the same Weights & Biases
# project takes it in with: manage.py registry adopt DIGEST
set -eu
cd "$(dirname "$0")/.."
snapshot=${1:?"Name the snapshot: deploy/train.sh SNAPSHOT [options of manage.py train]"}
shift
work=${TRAINING_FOLDER:-/data/training}

python manage.py snapshot pull "$snapshot" "$work/pictures"
processes=$(python -c 'import torch; print(max(torch.cuda.device_count(), 1))')
python -m torch.distributed.run --standalone --nproc-per-node "$processes" manage.py train \
  --manifest "$work/pictures/manifest.jsonl" --out "$work/run" --resume "$@"
python manage.py registry put "$work/run/bundle"
