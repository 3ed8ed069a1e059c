# shellcheck shell=bash
# Debian packages: installed when a command is missing, or only unpacked.

APT_UPDATED=

# need COMMAND=PACKAGE…: installs the packages whose command is missing. A word with a slash is a file.
need() {
	local word what missing=()
	for word; do
		what=${word%%=*}
		case $what in
		*/*) [[ -e $what ]] || missing+=("${word#*=}") ;;
		*) command -v "$what" >/dev/null || missing+=("${word#*=}") ;;
		esac
	done
	((${#missing[@]})) || return 0
	apt_install "${missing[@]}"
}

apt_update() {
	[[ -z $APT_UPDATED ]] || return 0
	apt-get update -qq </dev/null >"$LOG/apt.log" 2>&1 || die_log apt "apt-get update failed"
	APT_UPDATED=1
}

apt_install() {
	command -v apt-get >/dev/null || die "missing: $*" "install them by hand: this machine has no apt-get"
	((EUID == 0)) || die "missing: $*" "install: sudo apt-get install $*"
	say "installing $* (apt)"
	apt_update
	# Packages that hold a daemon start it while they install; 101 is Debian's way to say no.
	local policy=/usr/sbin/policy-rc.d saved='' status=0
	if [[ ! -e $policy ]] || { "$policy" docker start >/dev/null 2>&1 || status=$?; ((status != 101)); }; then
		if [[ -e $policy ]]; then
			saved=$policy.skeg-saved
			mv "$policy" "$saved"
		fi
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod 755 "$policy"
		# shellcheck disable=SC2064 # the values of now are meant
		trap "rm -f '$policy'; [[ -z '$saved' ]] || mv '$saved' '$policy'" EXIT
	fi
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
		</dev/null >"$LOG/apt.log" 2>&1 || die_log apt "apt-get could not install: $*"
	if [[ $(trap -p EXIT) == *"$policy"* ]]; then
		rm -f "$policy"
		[[ -z $saved ]] || mv "$saved" "$policy"
		trap - EXIT
	fi
}

# fetch_deb ARCH PACKAGE PATTERN…: unpacks files of a package, of any architecture, into $FETCHED, once.
# apt works on a private state here, so that the machine's own architectures and lists stay as they are.
fetch_deb() {
	local arch=$1 package=$2 dir=$CACHE/apt-$1
	FETCHED=$CACHE/$package-$arch
	[[ -d $FETCHED ]] && return 0
	shift 2
	say "fetching $package for $arch (apt)"
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial" "$dir/sources.list.d"
	: >"$dir/status"
	cat >"$dir/apt.conf" <<-CONF
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Sandbox::User "root";
		Dir::State "$dir/state";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir/cache";
	CONF
	# Ubuntu keeps the packages of other architectures on another server.
	if [[ $arch != amd64 ]] && grep -qs '^ID=ubuntu' /etc/os-release; then
		local suite
		suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
		echo "deb http://ports.ubuntu.com/ubuntu-ports $suite main universe" >"$dir/sources.list"
		echo "Dir::Etc::sourcelist \"$dir/sources.list\"; Dir::Etc::sourceparts \"$dir/sources.list.d\";" >>"$dir/apt.conf"
	fi
	unpack_deb "$dir" "$package:$arch" "$@" </dev/null >"$LOG/apt.log" 2>&1 ||
		die_log apt "apt-get could not fetch $package for $arch"
	mv "$FETCHED.new" "$FETCHED"
}

unpack_deb() (
	cd "$1" || return
	export APT_CONFIG=$1/apt.conf
	[[ -n $(find state/lists -name '*_Packages*' -mmin -60 -print -quit) ]] || apt-get update -qq || return
	rm -rf ./*.deb "$FETCHED.new"
	apt-get download -qq "$2" || return
	mkdir -p "$FETCHED.new"
	dpkg-deb --fsys-tarfile ./*.deb | tar -x -C "$FETCHED.new" --wildcards "${@:3}" || return
	rm -f ./*.deb
)
