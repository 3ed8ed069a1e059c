# shellcheck shell=bash
# Running the other platform's programs: qemu, registered with the kernel.
#
# The registration belongs to the machine, not to one checkout, so those who use it are counted in
# /run/skeg-binfmt; the last one out takes it away, unless it was there before all of us.

BINFMT=/proc/sys/fs/binfmt_misc
BINFMT_USERS=/run/skeg-binfmt

foreign_arch() { [[ $(dpkg --print-architecture) == arm64 ]] && printf amd64 || printf arm64; }
foreign_cpu() { [[ $(foreign_arch) == arm64 ]] && printf aarch64 || printf x86_64; }

addr_binfmt() { printf 'linux/%s' "$(foreign_arch)"; }
ready_binfmt() { [[ -e $BINFMT_USERS/$ID ]] && grep -qs '^enabled' "$BINFMT/qemu-$(foreign_cpu)"; }

up_binfmt() {
	local cpu qemu line
	cpu=$(foreign_cpu)
	mkdir -p "$BINFMT_USERS"
	exec 7>"$BINFMT_USERS/.lock"
	flock 7
	if [[ ! -e $BINFMT/register ]]; then
		mount -t binfmt_misc binfmt_misc "$BINFMT" || die "cannot mount binfmt_misc: the kernel has no support for it"
		touch "$BINFMT_USERS/.mounted"
	fi
	if [[ -e $BINFMT/qemu-$cpu ]]; then
		# Without F the kernel looks for qemu inside the container, where it is not; without P a program
		# that goes by its own name (busybox) is called by a wrong one.
		if [[ $(sed -n 's/^flags: //p' "$BINFMT/qemu-$cpu") != *P*F* ]]; then
			say "warning: qemu-$cpu is registered without the flags P and F; RUN steps for $(addr_binfmt) may fail"
		fi
	else
		fetch_deb "$(dpkg --print-architecture)" qemu-user-static "./usr/bin/qemu-$cpu-static" "./usr/lib/binfmt.d/qemu-$cpu.conf"
		qemu=$CACHE/$cpu-binfmt-P # this name tells qemu of the flag P, on old kernels
		line=$(<"$FETCHED/usr/lib/binfmt.d/qemu-$cpu.conf")
		cp -f "$FETCHED/usr/bin/qemu-$cpu-static" "$qemu.new"
		mv -f "$qemu.new" "$qemu"
		line=${line%:*:*}
		printf '%s' "$line:$qemu:FP" >"$BINFMT/register" || die "the kernel refused to register qemu-$cpu"
		touch "$BINFMT_USERS/.registered"
	fi
	touch "$BINFMT_USERS/$ID"
	exec 7>&-
}

down_binfmt() {
	[[ -d $BINFMT_USERS ]] || return 0
	exec 7>"$BINFMT_USERS/.lock"
	flock 7
	rm -f "$BINFMT_USERS/$ID"
	if ! compgen -G "$BINFMT_USERS/*" >/dev/null; then
		if [[ -e $BINFMT_USERS/.registered ]]; then echo -1 >"$BINFMT/qemu-$(foreign_cpu)" 2>/dev/null || true; fi
		if [[ -e $BINFMT_USERS/.mounted ]]; then umount "$BINFMT" 2>/dev/null || true; fi
		rm -rf "$BINFMT_USERS"
	fi
	exec 7>&-
}
