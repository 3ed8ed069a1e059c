# shellcheck shell=bash
# Docker daemons: a current one, and Debian's old one (20.10) for the tests of what old daemons refuse.

addr_dockerd() { printf 'unix://%s' "$RUN/dockerd.sock"; }
addr_dockerd_old() { printf 'unix://%s' "$RUN/dockerd-old.sock"; }
ready_dockerd() { http_ok http://docker/_ping 200 --unix-socket "$RUN/dockerd.sock"; }
ready_dockerd_old() { http_ok http://docker/_ping 200 --unix-socket "$RUN/dockerd-old.sock"; }

# bridge NAME: makes a bridge for one daemon's default network and prints its name; `none` where the
# kernel has no bridges. Left to itself the daemon would make docker0, change the machine's firewall
# and turn IP forwarding on; given a bridge and told not to, it leaves nothing behind. Containers on it
# have no way out, which suits tests. Without any bridge a plain `docker build` with a RUN step fails
# in BuildKit ("network bridge not found").
bridge() {
	local name=$1 net
	if ! ip link show "$name" >/dev/null 2>&1; then
		ip link add "$name" type bridge 2>/dev/null || {
			printf none
			return 0
		}
		# 198.18.0.0/15 is for tests of network gear: no real network is hidden by it.
		net=$((16#$(printf '%s' "$name" | sha256sum | cut -c1-4)))
		while ip -4 -o addr | grep -q " 198.18.$((net / 16 % 256)).$((net % 16 * 16 + 1))/"; do ((net += 1)); done
		ip addr add "198.18.$((net / 16 % 256)).$((net % 16 * 16 + 1))/28" dev "$name"
		ip link set "$name" up
	fi
	printf '%s' "$name"
}

# The docker command: classic builds go through it. Some releases have it as a package of its own.
docker_cli() {
	if command -v docker >/dev/null; then return 0; fi
	apt_update
	if apt-cache show docker-cli >/dev/null 2>&1; then apt_install docker-cli; else apt_install docker.io; fi
}

# start_dockerd NAME BRIDGE DOCKERD
start_dockerd() {
	local name=$1 network dockerd=$3
	need ip=iproute2 containerd=containerd curl=curl
	docker_cli
	network=$(bridge "$2")
	[[ $network != none ]] || say "$name: no bridge network here; docker builds with a RUN step need --network=host"
	clear_dockerd "$name"
	mkdir -p "$DATA/$name" "$RUN/$name"
	cat >"$RUN/$name.json" <<-JSON
		{
		  "hosts": ["unix://$RUN/$name.sock"],
		  "data-root": "$DATA/$name",
		  "exec-root": "$RUN/$name",
		  "pidfile": "$RUN/$name/dockerd.pid",
		  "bridge": "$network",
		  "iptables": false, "ip6tables": false, "ip-forward": false, "ip-masq": false, "userland-proxy": false,
		  "shutdown-timeout": 3,
		  "registry-mirrors": ["http://$(addr_registry)"],
		  "insecure-registries": ["127.0.0.0/8"]
		}
	JSON
	# The current daemon would turn away the docker CLI of Debian 12.
	DOCKER_MIN_API_VERSION=1.24 spawn "$name" "$dockerd" --config-file "$RUN/$name.json"
	wait_ready "$name" 40 "ready_${name//-/_}"
}

up_dockerd() {
	tools
	start_dockerd dockerd "$BRIDGE" "$BIN/dockerd"
}

up_dockerd_old() {
	need /usr/sbin/dockerd=docker.io
	# Its own runc: the newer one of the tools is first in PATH.
	PATH=${PATH#"$BIN:"} start_dockerd dockerd-old "${BRIDGE}o" /usr/sbin/dockerd
}

# clear_dockerd NAME: ends what a daemon that was killed left behind: its containerd, and the shims of
# containers, which outlive a daemon by design. Their command lines name its folder.
clear_dockerd() {
	local run=$RUN/$1 process
	for process in /proc/[0-9]*; do
		[[ $(cat "$process/comm" 2>/dev/null) == containerd* ]] || continue
		grep -qsF -- "$run/" "$process/cmdline" || continue
		kill -KILL "${process#/proc/}" 2>/dev/null || true
	done
	unmount_all "$run/"
	rm -rf "$run"
}

down_dockerd() {
	clear_dockerd dockerd
	ip link delete "$BRIDGE" 2>/dev/null || true
}
down_dockerd_old() {
	clear_dockerd dockerd-old
	ip link delete "${BRIDGE}o" 2>/dev/null || true
}
