# shellcheck shell=bash
# buildkitd four times: the main one, a second node, one behind mutual TLS, and a rootless one.

addr_buildkitd() { printf 'tcp://127.0.0.1:%s' "$(port buildkitd)"; }
unix_buildkitd() { printf 'unix://%s' "$RUN/buildkitd.sock"; }
addr_buildkitd2() { printf 'tcp://127.0.0.1:%s' "$(port buildkitd2)"; }
addr_buildkitd_tls() { printf 'tcp://localhost:%s' "$(port buildkitd_tls)"; }
addr_buildkitd_rootless() { printf 'unix://%s' "$ROOTLESS/run/buildkitd.sock"; }

workers() { timeout 5 "$BIN/buildctl" "$@" debug workers; }
ready_buildkitd() { workers --addr "$(unix_buildkitd)"; }
ready_buildkitd2() { workers --addr "$(addr_buildkitd2)"; }
ready_buildkitd_tls() {
	workers --addr "$(addr_buildkitd_tls)" --tlscacert "$CERTS/ca.pem" --tlscert "$CERTS/client.pem" --tlskey "$CERTS/client.key"
}
ready_buildkitd_rootless() { workers --addr "$(addr_buildkitd_rootless)"; }

# buildkitd_config ROOT CA ADDRESS…: one configuration for all; only the addresses and the files differ.
buildkitd_config() {
	local root=$1 ca=$2 address list='' name
	shift 2
	for address; do list+="${list:+, }\"$address\""; done
	cat <<-TOML
		root = "$root"
		insecure-entitlements = ["network.host"]
		[grpc]
		  address = [$list]
		[worker.oci]
		  enabled = true
		  networkMode = "host"
		[worker.containerd]
		  enabled = false
		[registry."docker.io"]
		  mirrors = ["$(addr_registry)"]
	TOML
	for name in 127.0.0.1 localhost; do
		cat <<-TOML
			[registry."$name:$(port registry)"]
			  http = true
			[registry."$name:$(port registry_readonly)"]
			  http = true
			[registry."$name:$(port registry_auth)"]
			  http = false # said aloud: a loopback host is taken for plain HTTP otherwise
			  ca = ["$ca"]
		TOML
	done
}

# start_buildkitd NAME ADDRESS…
start_buildkitd() {
	local name=$1
	shift
	tools
	need git=git
	certificates
	mkdir -p "$DATA/$name"
	buildkitd_config "$DATA/$name" "$CERTS/ca.pem" "$@" >"$RUN/$name.toml"
	if [[ $name == buildkitd-tls ]]; then
		cat >>"$RUN/$name.toml" <<-TOML
			[grpc.tls]
			  cert = "$CERTS/server.pem"
			  key = "$CERTS/server.key"
			  ca = "$CERTS/ca.pem"
		TOML
	fi
	spawn "$name" "$BIN/buildkitd" --config "$RUN/$name.toml"
	wait_ready "$name" 30 "ready_${name//-/_}"
}

up_buildkitd() { start_buildkitd buildkitd "$(addr_buildkitd)" "$(unix_buildkitd)"; }
up_buildkitd2() { start_buildkitd buildkitd2 "$(addr_buildkitd2)"; }
up_buildkitd_tls() { start_buildkitd buildkitd-tls "tcp://127.0.0.1:$(port buildkitd_tls)"; }

# The rootless one lives outside the state folder: an unprivileged user cannot enter the home of root.
up_buildkitd_rootless() {
	tools
	need newuidmap=uidmap setpriv=util-linux git=git
	certificates
	touch /etc/subuid /etc/subgid
	id -u "$ROOTLESS_USER" >/dev/null 2>&1 ||
		useradd --no-create-home --home-dir "$ROOTLESS" --shell /usr/sbin/nologin "$ROOTLESS_USER" 2>>"$LOG/buildkitd-rootless.user.log" ||
		die "could not make the user $ROOTLESS_USER"
	grep -q "^$ROOTLESS_USER:" /etc/subuid || die "useradd gave $ROOTLESS_USER no range in /etc/subuid"
	end_containers "$ROOTLESS/"
	rm -rf "${ROOTLESS:?}/run" "${ROOTLESS:?}/bin"
	mkdir -p "$ROOTLESS/run" "$ROOTLESS/bin" "$ROOTLESS/root"
	cp "$BIN/buildkitd" "$BIN/buildctl" "$BIN/rootlesskit" "$BIN/runc" "$ROOTLESS/bin/"
	cp "$CERTS/ca.pem" "$ROOTLESS/ca.pem"
	buildkitd_config "$ROOTLESS/root" "$ROOTLESS/ca.pem" "$(addr_buildkitd_rootless)" >"$ROOTLESS/buildkitd.toml"
	chown -R "$ROOTLESS_USER:" "$ROOTLESS/run" "$ROOTLESS/root"
	chmod 711 "$ROOTLESS"
	chmod 700 "$ROOTLESS/run"
	(
		cd /
		spawn buildkitd-rootless setpriv --reuid="$ROOTLESS_USER" --regid="$ROOTLESS_USER" --init-groups --reset-env \
			env HOME="$ROOTLESS/root" XDG_RUNTIME_DIR="$ROOTLESS/run" PATH="$ROOTLESS/bin:$PATH" \
			"$ROOTLESS/bin/rootlesskit" --state-dir="$ROOTLESS/run/rootlesskit" --net=host --copy-up=/etc --copy-up=/run \
			"$ROOTLESS/bin/buildkitd" --rootless --config "$ROOTLESS/buildkitd.toml"
	)
	wait_ready buildkitd-rootless 30 ready_buildkitd_rootless
}

down_buildkitd_rootless() {
	id -u "$ROOTLESS_USER" >/dev/null 2>&1 || return 0
	local process
	for process in /proc/[0-9]*; do
		[[ $(stat -c %U "$process" 2>/dev/null) == "$ROOTLESS_USER" ]] || continue
		kill -KILL "${process#/proc/}" 2>/dev/null || true
	done
	userdel "$ROOTLESS_USER" 2>/dev/null || say "the user $ROOTLESS_USER could not be removed"
}

# docker-buildx as the docker CLI finds it: a plugin in a configuration folder that holds nothing else.
addr_buildx() { printf '%s' "$DOCKER/cli-plugins/docker-buildx"; }
ready_buildx() { [[ $(readlink "$(addr_buildx)") == "$BIN/docker-buildx" && -x $BIN/docker-buildx ]]; }
up_buildx() {
	tools
	mkdir -p "$DOCKER/cli-plugins"
	[[ -e $DOCKER/config.json ]] || printf '{}\n' >"$DOCKER/config.json"
	ln -sfn "$BIN/docker-buildx" "$(addr_buildx)"
}
