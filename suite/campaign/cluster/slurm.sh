#!/usr/bin/env bash
# A campaign of eight parts on a cluster with Slurm: `sbatch slurm.sh`. docs/campaigns.md explains it.
#
# SERVER is the command that starts the server, with {port} for the port; CAMPAIGN is a folder that all nodes share;
# SEED, DURATION and WSSPEC may be set as well. Without Slurm, `SLURM_ARRAY_TASK_ID=1 ./slurm.sh` plays the first part here.
#SBATCH --job-name=wsspec-fuzz
#SBATCH --array=1-8
#SBATCH --cpus-per-task=2
#SBATCH --mem=1G
#SBATCH --time=01:15:00
# Interrupted a minute before the time limit, wsspec saves everything it has.
#SBATCH --signal=INT@60
#SBATCH --output=wsspec-fuzz-%a.txt
set -euo pipefail

: "${SERVER:?set it to the command that starts your server, with {port\} where the port goes}"
: "${SLURM_ARRAY_TASK_ID:?run this by sbatch, or set it to the number of the part}"
parts=${SLURM_ARRAY_TASK_COUNT:-8}
campaign=${CAMPAIGN:-campaign}
mkdir -p "$campaign"

status=0
"${WSSPEC:-wsspec}" fuzz --spawn "$SERVER" --seed "${SEED:-1}" --shard "$SLURM_ARRAY_TASK_ID/$parts" \
  --duration "${DURATION:-1h}" --out "$campaign/part-$SLURM_ARRAY_TASK_ID" \
  --junit "$campaign/part-$SLURM_ARRAY_TASK_ID.xml" || status=$?
# Findings are the purpose of the job, so for Slurm it has not failed.
[ "$status" -eq 1 ] && exit 0
exit "$status"
