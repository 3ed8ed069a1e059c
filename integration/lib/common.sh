# shellcheck shell=bash
# What every engine needs: messages, apt packages, free ports, background processes.
# Sourced by integration/engines, which sets HERE (the integration folder) and STATE.

say() { printf '%s\n' "${0##*/}: $*" >&2; }
die() {
	say "error: $1"
	shift
	for line in "$@"; do say "  $line"; done
	exit 1
}

# --- ports -------------------------------------------------------------------------------------

PORT_NAMES=(registry registry_readonly registry_auth buildkitd buildkitd2 buildkitd_tls)

# port NAME: the port of one engine. Ports are remembered, so that addresses stay the same from one
# `up` to the next: the configurations of the engines name each other.
port() { sed -n "s/^$1=//p" "$STATE/ports"; }

# Prints N free ports. All are held open until the last is found, so that no two are the same.
free_ports() {
	perl -MIO::Socket::INET -e '
		for (1 .. $ARGV[0]) {
			my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1) or die "no free port: $!\n";
			push @held, $s;
			print $s->sockport, "\n";
		}' "$1"
}

port_is_free() {
	perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 1, ReuseAddr => 1)' "$1"
}

# choose_ports: keeps the remembered ports when each is free or ours; else takes new ones, which is
# only possible while nothing runs that has them in its configuration.
choose_ports() {
	local name number
	if [[ -s $STATE/ports ]]; then
		any_running && return 0
		for name in "${PORT_NAMES[@]}"; do
			number=$(port "$name")
			if [[ -z $number ]] || ! port_is_free "$number"; then
				rm -f "$STATE/ports"
				break
			fi
		done
	fi
	[[ -s $STATE/ports ]] && return 0
	local numbers
	mapfile -t numbers < <(free_ports "${#PORT_NAMES[@]}")
	for name in "${!PORT_NAMES[@]}"; do
		printf '%s=%s\n' "${PORT_NAMES[name]}" "${numbers[name]}"
	done >"$STATE/ports.new"
	mv "$STATE/ports.new" "$STATE/ports"
}

# --- processes ---------------------------------------------------------------------------------

# The time a process started (clock ticks since boot): with it, a reused process id is not ours.
start_time() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	read -ra stat <<<"${stat##*) }" # the name before it may hold spaces
	[[ ${stat[0]} != Z ]] || return 1
	printf '%s' "${stat[19]}"
}

# pid_of NAME: prints the id of the engine's process when it is alive.
pid_of() {
	local pid started
	read -r pid started 2>/dev/null <"$RUN/$1.pid" || return 1
	[[ $(start_time "$pid") == "$started" ]] || return 1
	printf '%s' "$pid"
}

any_running() {
	local file
	for file in "$RUN"/*.pid; do
		[[ -e $file ]] || continue
		file=${file##*/}
		pid_of "${file%.pid}" >/dev/null && return 0
	done
	return 1
}

# spawn NAME COMMAND…: starts a process that shares nothing with us: own session, no stdin, output to a
# log file, no inherited file descriptor (an open one keeps a caller's pipe, or our lock, alive).
spawn() {
	local name=$1 pid
	shift
	# shellcheck disable=SC2016 # expanded by the inner shell
	setsid bash -c 'for fd in /proc/self/fd/*; do fd=${fd##*/}; ((fd <= 2)) || eval "exec $fd>&-"; done; exec "$@"' \
		"$name" "$@" </dev/null >"$LOG/$name.log" 2>&1 &
	pid=$!
	disown "$pid"
	printf '%s %s\n' "$pid" "$(start_time "$pid")" >"$RUN/$name.pid"
}

# wait_ready NAME SECONDS CHECK…: asks CHECK until it says yes; a process that ended fails at once.
wait_ready() {
	local name=$1 end=$((SECONDS + $2))
	shift 2
	until "$@" >/dev/null 2>&1; do
		pid_of "$name" >/dev/null || die_log "$name" "$name ended while it started"
		if ((SECONDS >= end)); then
			"$@" 2>&1 | tail -n 3 >&2 || true
			stop "$name"
			die_log "$name" "$name does not answer"
		fi
		sleep 0.05
	done
}

die_log() {
	say "error: $2"
	say "last lines of $LOG/$1.log:"
	tail -n 20 "$LOG/$1.log" >&2 || true
	exit 1
}

# stop NAME: TERM, five seconds, then KILL for the whole session.
stop() {
	local pid tick
	if pid=$(pid_of "$1"); then
		kill -TERM "$pid" 2>/dev/null || true
		for ((tick = 0; tick < 100; tick++)); do
			pid_of "$1" >/dev/null || break
			sleep 0.05
		done
		kill -KILL -- "-$pid" 2>/dev/null || true
	fi
	rm -f "$RUN/$1.pid"
}

# http_ok URL CODE [CURL-OPTION…]
http_ok() {
	local url=$1 want=$2
	shift 2
	[[ $(curl -s -o /dev/null -m 5 --noproxy '*' -w '%{http_code}' "$@" "$url") == "$want" ]]
}
