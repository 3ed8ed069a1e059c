# shellcheck shell=bash
# Base images for two platforms, made of Debian packages and pushed to the registry: library/busybox, which
# the mirrors give for `FROM busybox`, and library/toolbase, which has a tool to compile with.

addr_bases() { printf '%s/library/{busybox,toolbase}' "$(addr_registry)"; }
bases_hash() { cat "$HERE"/bases/*/* "$HERE/lib/bases.sh" | sha256sum; }
ready_bases() {
	[[ -s $RUN/bases && $(bases_hash) == "$(<"$RUN/bases")" ]] &&
		http_ok "http://$(addr_registry)/v2/library/toolbase/manifests/latest" 200 -I \
			-H 'Accept: application/vnd.oci.image.index.v1+json'
}

up_bases() {
	local arch
	for arch in amd64 arm64; do rootfs "$arch"; done
	push_base busybox latest 1.36
	push_base toolbase latest 1
	bases_hash >"$RUN/bases"
}

# rootfs ARCH: busybox under all its names, and the few files that programs ask for.
rootfs() {
	local arch=$1 tar=$CACHE/rootfs-$1.tar root name
	[[ -s $tar ]] && return 0
	# The names are the same on every architecture, but only the machine's own busybox can tell them.
	fetch_deb "$(dpkg --print-architecture)" busybox-static './*bin/busybox'
	name=$(find "$FETCHED" -name busybox -type f)
	mapfile -t names < <("$name" --list)
	fetch_deb "$arch" busybox-static './*bin/busybox'
	root=$CACHE/rootfs-$arch.new
	rm -rf "$root"
	mkdir -p "$root"/{bin,dev,etc,home,proc,root,sys,tmp,usr/bin,usr/local/bin,usr/sbin,var/tmp}
	chmod 700 "$root/root"
	chmod 1777 "$root/tmp" "$root/var/tmp"
	find "$FETCHED" -name busybox -type f -exec cp {} "$root/bin/busybox" \;
	for name in "${names[@]}"; do
		[[ $name == busybox ]] || ln -s busybox "$root/bin/$name"
	done
	ln -s ../../bin/busybox "$root/usr/bin/env"
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' >"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
	# No owners and times of this machine: the same packages give the same image everywhere.
	tar -C "$root" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$tar.new" .
	rm -rf "$root"
	mv "$tar.new" "$tar"
}

# push_base NAME TAG…
push_base() {
	local image=$1 context=$RUN/base-$1 tag refs=""
	shift
	mkdir -p "$context"
	cp "$HERE/bases/$image"/* "$context/"
	[[ $image != busybox ]] || ln -f "$CACHE"/rootfs-*.tar "$context/"
	for tag; do refs+="${refs:+,}$(addr_registry)/library/$image:$tag"; done
	"$BIN/buildctl" --addr "$(unix_buildkitd)" build --progress plain --frontend dockerfile.v0 \
		--local "context=$context" --local "dockerfile=$context" \
		--opt platform=linux/amd64,linux/arm64 --opt build-arg:SOURCE_DATE_EPOCH=0 \
		--output "type=image,\"name=$refs\",push=true,rewrite-timestamp=true" \
		</dev/null >"$LOG/bases.log" 2>&1 || die_log bases "the base image $image could not be built"
	rm -rf "$context"
}
