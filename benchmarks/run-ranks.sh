#!/usr/bin/env bash
# Times the steps of several ranks, with OpenMPI and one thread each: benchmarks/Ranks tells what is timed.
#   benchmarks/run-ranks.sh RANKS BATCH ROUNDS [float32|bfloat16]
#   benchmarks/run-ranks.sh --hosts RATE DELAY RANKS BATCH ROUNDS [float32|bfloat16]
# --hosts gives each rank a network namespace of its own, as if it were a machine: what it sends goes out at RATE (1gbit) and arrives
# after DELAY (500us, for a round trip of 1 ms; 0 for none, where the kernel has no netem). That needs root, ip and tc (Debian: iproute2).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rate= delay=
if [[ ${1:-} == --hosts ]]; then
  rate=$2 delay=$3
  shift 3
fi
ranks=${1:?how many ranks} batch=${2:?windows of a batch} rounds=${3:?how many rounds} precision=${4:-float32}
dotnet build -c Release "$here/Ranks" --nologo -v quiet
program=(dotnet "$here/Ranks/bin/Release/net10.0/Ranks.dll" "$batch" "$rounds" "$precision")
export OMP_NUM_THREADS=1
options=(--allow-run-as-root --oversubscribe --bind-to none -np "$ranks" -x OMP_NUM_THREADS)

if [[ -z $rate ]]; then
  exec mpirun "${options[@]}" "${program[@]}"
fi

network=cs336
work=$(mktemp -d)
clean_up() {
  for ((i = 0; i < ranks; i++)); do ip netns delete "$network-$i" 2> "$work/none" || true; done
  ip link delete "$network" 2> "$work/none" || true
  rm -r "$work"
}
trap clean_up EXIT
ip link add "$network" type bridge
ip link set "$network" up
hosts=()
for ((i = 0; i < ranks; i++)); do
  ip netns add "$network-$i"
  ip link add "$network-$i" type veth peer name eth0 netns "$network-$i"
  ip link set "$network-$i" master "$network" up
  ip -n "$network-$i" address add "10.33.6.$((i + 1))/24" dev eth0
  ip -n "$network-$i" link set eth0 up
  ip -n "$network-$i" link set lo up
  if [[ $delay == 0 ]]; then
    ip netns exec "$network-$i" tc qdisc add dev eth0 root tbf rate "$rate" burst 256kb latency 100ms
  else
    ip netns exec "$network-$i" tc qdisc add dev eth0 root netem rate "$rate" delay "$delay" limit 100000
  fi
  hosts+=("10.33.6.$((i + 1)):1")
done
# Starts a command on a "machine": what ssh is between real ones. Each has a name of its own, by which OpenMPI tells them apart.
cat > "$work/agent" <<'AGENT'
#!/bin/sh
machine=cs336-$((${1##*.} - 1))
shift
exec ip netns exec "$machine" unshare --uts sh -c "hostname $machine; $*"
AGENT
chmod +x "$work/agent"
echo "Each rank in a network namespace: $rate, $delay on the way"
ip netns exec "$network-0" unshare --uts sh -c "hostname $network-0; exec \"\$@\"" mpirun mpirun "${options[@]}" \
  --host "$(IFS=,; echo "${hosts[*]}")" --mca plm_rsh_agent "$work/agent" --mca pml ob1 --mca btl self,tcp \
  --mca btl_tcp_if_include eth0 --mca oob_tcp_if_include eth0 "${program[@]}"
