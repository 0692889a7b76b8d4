#!/usr/bin/env bash
# cluster.sh up|down|kill-apiserver|start-apiserver: one node of a real Kubernetes for the tests, as root. All state under $K (a short path); all of its traffic in
# one network namespace of its own, so that the machine's network stays as it is. $BIN holds the programs, $IMAGES the archives to import.
set -euo pipefail
K=${K:?state folder} BIN=${BIN:?folder of the programs} IMAGES=${IMAGES:-}
HOST_IP=10.254.0.1 NODE_IP=10.254.0.2 CIDR=10.244.0.0/24 SVC=10.96.0.0/16 SVC_API=10.96.0.1 NODE=node1 VETH=v-af-k8s
PKI=$K/pki SOCK=$K/containerd.sock NET=$K/netns API="https://10.254.0.2:6443"

inns() { nsenter --net="$NET" "$@"; }
start() {
  local name=$1
  shift
  setsid nsenter --net="$NET" "$@" >"$K/log/$name.log" 2>&1 </dev/null &
  echo $! >"$K/run/$name.pid"
}
wait_for() {
  local name=$1 seconds=$2
  shift 2
  for ((i = 0; i < seconds * 5; i++)); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.2
  done
  echo "timeout: $name" >&2
  tail -n 8 "$K"/log/*.log >&2
  return 1
}
cert() { # name subject [subject alternative names]
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$PKI/$1.key" -out "$PKI/$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$PKI/$1.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial -days 3650 -out "$PKI/$1.crt" \
    -extfile <(
      echo 'keyUsage=digitalSignature,keyEncipherment'
      echo 'extendedKeyUsage=clientAuth,serverAuth'
      [ -z "${3:-}" ] || echo "subjectAltName=$3"
    ) 2>/dev/null
}
kubeconfig() {
  cat >"$K/$1.kubeconfig" <<END
apiVersion: v1
kind: Config
clusters: [{name: local, cluster: {server: "$API", certificate-authority-data: $(base64 -w0 "$PKI/ca.crt")}}]
users: [{name: $1, user: {client-certificate-data: $(base64 -w0 "$PKI/$1.crt"), client-key-data: $(base64 -w0 "$PKI/$1.key")}}]
contexts: [{name: local, context: {cluster: local, user: $1}}]
current-context: local
END
}
ask() { curl -fsS --cacert "$PKI/ca.crt" --cert "$PKI/admin.crt" --key "$PKI/admin.key" "$API$1"; }
node_ready() { ask "/api/v1/nodes/$NODE" | tr -d ' \n' | grep -q '"type":"Ready","status":"True"\|"status":"True"[^}]*"type":"Ready"\|"type":"Ready"[^}]*"status":"True"'; }

network() {
  : >"$NET"
  unshare --net="$NET" true
  inns ip link set lo up
  inns ip link add eth0 type veth peer name "$VETH" netns $$
  ip addr add "$HOST_IP/30" dev "$VETH"
  ip link set "$VETH" up
  inns ip addr add "$NODE_IP/30" dev eth0
  inns ip link set eth0 up
  inns ip route add default via "$HOST_IP"
  ip route add "$CIDR" via "$NODE_IP"
  inns sysctl -qw net.ipv4.ip_forward=1
  # Where the kernel has that module, traffic of one bridge passes the filter, too.
  inns sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null || true
}

control_plane() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -keyout "$PKI/ca.key" -out "$PKI/ca.crt" -subj /CN=local-ca 2>/dev/null
  openssl genrsa -out "$PKI/sa.key" 2048 2>/dev/null
  cert apiserver /CN=kube-apiserver "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost,IP:127.0.0.1,IP:$SVC_API,IP:$NODE_IP"
  cert kubelet "/O=system:nodes/CN=system:node:$NODE" "DNS:$NODE,IP:$NODE_IP,IP:127.0.0.1"
  cert admin /O=system:masters/CN=admin
  cert kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client
  local name
  for name in kube-controller-manager kube-scheduler; do cert $name /CN=system:$name; done
  for name in admin kube-controller-manager kube-scheduler kubelet; do kubeconfig $name; done
  start etcd etcd --name e --data-dir "$K/etcd" --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster e=http://127.0.0.1:2380 --unsafe-no-fsync
  wait_for etcd 60 inns curl -fsS http://127.0.0.1:2379/health
  start_apiserver
  start kube-controller-manager "$BIN/kube-controller-manager" --kubeconfig="$K/kube-controller-manager.kubeconfig" --service-account-private-key-file="$PKI/sa.key" \
    --root-ca-file="$PKI/ca.crt" --use-service-account-credentials=true --leader-elect=false --secure-port=0 --service-cluster-ip-range=$SVC \
    --node-monitor-period=2s --node-monitor-grace-period=20s # ten renewals of the lease below may be missed; 50 s are usual
  start kube-scheduler "$BIN/kube-scheduler" --kubeconfig="$K/kube-scheduler.kubeconfig" --leader-elect=false --secure-port=0
  wait_for 'default ServiceAccount' 90 ask /api/v1/namespaces/default/serviceaccounts/default
}

start_apiserver() {
  start kube-apiserver "$BIN/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --secure-port=6443 --bind-address=0.0.0.0 --advertise-address=$NODE_IP \
    --service-cluster-ip-range=$SVC --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --client-ca-file="$PKI/ca.crt" --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --cert-dir="$K/run" \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$PKI/sa.key" --service-account-signing-key-file="$PKI/sa.key" \
    --kubelet-client-certificate="$PKI/kubelet-client.crt" --kubelet-client-key="$PKI/kubelet-client.key" \
    --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP
  wait_for kube-apiserver 180 ask /readyz
}

node() {
  sysctl vm.overcommit_memory kernel.panic kernel.panic_on_oops >"$K/run/sysctl.saved" # a kubelet sets these for the whole machine
  cat >"$K/containerd.toml" <<END
version = 2
root = "$K/containerd/root"
state = "$K/containerd/state"
[grpc]
  address = "$SOCK"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "pause.local/pause:1"
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$K/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.sandboxed]
    runtime_type = "io.containerd.runc.v2"
END
  cat >"$K/cni/net.d/10-bridge.conflist" <<END
{"cniVersion":"1.0.0","name":"k8s","plugins":[{"type":"bridge","bridge":"cni0","isGateway":true,"ipMasq":false,"hairpinMode":true,
 "ipam":{"type":"host-local","dataDir":"$K/cni/ipam","ranges":[[{"subnet":"$CIDR"}]],"routes":[{"dst":"0.0.0.0/0"}]}}]}
END
  start containerd containerd -c "$K/containerd.toml"
  wait_for containerd 60 ctr -a "$SOCK" version
  local archive
  for archive in $IMAGES; do ctr -a "$SOCK" -n k8s.io images import "$archive" >>"$K/log/import.log" 2>&1; done
  cat >"$K/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 0.0.0.0
readOnlyPort: 0
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $PKI/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $PKI/kubelet.crt
tlsPrivateKeyFile: $PKI/kubelet.key
containerRuntimeEndpoint: unix://$SOCK
cgroupDriver: cgroupfs
failSwapOn: false
failCgroupV1: false
makeIPTablesUtilChains: false
podLogsDir: $K/pods-log
podPidsLimit: 640
nodeLeaseDurationSeconds: 8
singleProcessOOMKill: true
evictionHard: {memory.available: "100Mi", nodefs.available: "1%", imagefs.available: "1%"}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
END
  start kubelet "$BIN/kubelet" --config="$K/kubelet.yaml" --kubeconfig="$K/kubelet.kubeconfig" --hostname-override=$NODE --node-ip=$NODE_IP --root-dir="$K/kubelet" --cert-dir="$K/run"
  wait_for 'node Ready' 180 node_ready
}

stop() {
  local pids=() name
  for name in "$@"; do [ -f "$K/run/$name.pid" ] && pids+=("$(cat "$K/run/$name.pid")"); done
  [ ${#pids[@]} = 0 ] && return 0
  kill "${pids[@]}" 2>/dev/null || true
  for i in {1..15}; do
    kill -0 "${pids[@]}" 2>/dev/null || return 0
    sleep 0.2
  done
  kill -9 "${pids[@]}" 2>/dev/null || true
}

down() {
  [ -d "$K" ] || return 0
  stop netpol kubelet kube-scheduler kube-controller-manager kube-apiserver etcd
  if [ -S "$SOCK" ]; then
    local task
    for task in $(ctr -a "$SOCK" -n k8s.io tasks ls -q 2>/dev/null); do ctr -a "$SOCK" -n k8s.io tasks delete -f "$task" >/dev/null 2>&1 || true; done
  fi
  stop containerd
  local process
  for process in /proc/[0-9]*; do # shims left over
    { tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null | grep -qF -- "-address $SOCK" && kill -9 "${process#/proc/}" 2>/dev/null || true
  done
  for i in 1 2 3; do
    { grep -F " $K/" /proc/self/mountinfo || true; } | awk '{print $5}' | sort -ru | while read -r mount; do umount -l "$mount" 2>/dev/null || true; done
  done
  ip link del "$VETH" 2>/dev/null || true
  [ -f "$K/run/sysctl.saved" ] && sysctl -qp "$K/run/sysctl.saved" >/dev/null || true
  find /sys/fs/cgroup -depth -type d -path '*/kubepods*' -exec rmdir {} + 2>/dev/null || true
  rm -rf "$K"
}

case "${1:-}" in
  up)
    mkdir -p "$K"/{pki,log,run,etcd,kubelet,cni/net.d,containerd}
    chmod 700 "$K"
    network
    control_plane
    node
    ;;
  down) down ;;
  kill-apiserver)
    pid=$(cat "$K/run/kube-apiserver.pid")
    kill -9 "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    ;;
  start-apiserver) ask /readyz >/dev/null 2>&1 || start_apiserver ;;
  *)
    echo "usage: $0 up|down|kill-apiserver|start-apiserver" >&2
    exit 2
    ;;
esac
