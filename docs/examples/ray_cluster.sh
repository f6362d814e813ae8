#!/usr/bin/env bash
# A Ray cluster of two nodes on this machine, soccer trained on both; one of them is lost on the way, and comes back.
#
#   docs/examples/ray_cluster.sh [minutes]
#
# On many machines: the first `ray start` on one of them, the second with that one's address on each of the others, then the same training script with
# `--address <first>:<port>`. Each needs sandlot[rllib], and the same ~/.ray/auth_token: a cluster runs whatever code it is sent.
set -euo pipefail
cd "$(dirname "$0")"
minutes=${1:-3} port=${RAY_PORT:-6399} log=$(mktemp -d)
export RAY_USAGE_STATS_ENABLED=0 RAY_AUTH_MODE=token
ray get-auth-token --generate >/dev/null

# `player` says how many env runners a node takes: here one each, so that both nodes must play.
ray start --head --port "$port" --num-cpus 2 --resources '{"player": 1}' --include-dashboard false --disable-usage-stats --temp-dir /tmp/rr --block >"$log/head" 2>&1 &
head=$!
until grep -q "Ray runtime started" "$log/head"; do kill -0 $head || { cat "$log/head"; exit 1; }; sleep 1; done
join() {
    ray start --address "127.0.0.1:$port" --num-cpus 2 --resources '{"player": 1}' --disable-usage-stats --block \
        --min-worker-port 21000 --max-worker-port 21999 --dashboard-agent-listen-port 52377 >"$log/second" 2>&1 &
    second=$!
    until grep -q "Ray runtime started" "$log/second"; do kill -0 $second || { cat "$log/second"; exit 1; }; sleep 1; done
}
trap 'kill $second $head 2>/dev/null; wait' EXIT
second=$head
join

python rllib_soccer.py --address "127.0.0.1:$port" --env-runners 2 --runner-resource player --minutes "$minutes" --checkpoint "$log/run" &
training=$!
sleep $((minutes * 25))
echo "== the second node is lost"
kill $second
sleep $((minutes * 15))
echo "== and joins again"
join
wait $training
echo "== trained to the end; the run lies in $log/run"
