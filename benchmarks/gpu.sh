#!/usr/bin/env bash
# Runs a makefile of jobs (workflow/scripts/plan.py --commands), some at a time, and stops after some minutes:
#
#     benchmarks/gpu.sh jobs.mk 4 9      four jobs at a time, nine minutes
#
# Needs torch and GNU make. Called again it goes on: finished jobs are left alone, interrupted ones go on from their last
# save. Jobs that need another package than torch fail, and the others are run.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.."
makefile=${1:?usage: benchmarks/gpu.sh MAKEFILE [JOBS] [MINUTES]}
timeout --signal=TERM --kill-after=20 "${3:-9}m" make --keep-going --jobs "${2:-1}" --makefile "$makefile"
