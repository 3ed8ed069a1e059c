# shellcheck shell=bash
# The tools that Debian has not, or only too old: built from Go modules, once per go.mod and go.sum.

TOOLS_HASH=$(cat "$HERE/tools/go.mod" "$HERE/tools/go.sum" | sha256sum | cut -c1-12)
BIN=${SKEG_ENGINES_BIN:-$HERE/tools/.bin}/$TOOLS_HASH

module_version() { sed -n "s|^[[:space:]]*$1 v\([^ ]*\).*|\1|p" "$HERE/tools/go.mod" | head -n 1; }

tools() {
	[[ -d $BIN ]] && return 0
	command -v go >/dev/null || die "Go is missing: buildkitd, docker-buildx and dockerd are built from Go modules" \
		"install Go $(sed -n 's/^go //p' "$HERE/tools/go.mod") or later: https://go.dev/dl/"
	(cd "$HERE/tools" && go version >"$LOG/tools.log" 2>&1) ||
		die_log tools "this Go is too old for integration/tools/go.mod; install a later one from https://go.dev/dl/"
	need gcc=gcc git=git /usr/include/seccomp.h=libseccomp-dev \
		/usr/include/stdlib.h=libc6-dev /etc/ssl/certs/ca-certificates.crt=ca-certificates

	mkdir -p "${BIN%/*}"
	(
		# Checkouts may share the folder; one of them builds, the others find the result.
		exec 8>"${BIN%/*}/lock"
		flock 8
		[[ -d $BIN ]] && exit 0
		say "building buildkitd, buildctl, docker-buildx, dockerd, runc, rootlesskit, crane from Go modules"
		say "  once for this go.mod, some minutes; log: $LOG/tools.log"
		rm -rf "${BIN%/*}"/*.new
		build_tools "$BIN.new" >"$LOG/tools.log" 2>&1 || die_log tools "the build of the tools failed"
		mv "$BIN.new" "$BIN" # a folder under its final name is complete
	) || exit 1
}

build_tools() {
	local out=$1 buildkit buildx moby runc
	buildkit=$(module_version github.com/moby/buildkit)
	buildx=$(module_version github.com/docker/buildx)
	moby=$(module_version github.com/moby/moby/v2)
	runc=$(module_version github.com/opencontainers/runc)
	cd "$HERE/tools" || return
	mkdir -p "$out"
	export GOFLAGS='-mod=readonly -buildvcs=false' GOOS='' GOARCH='' GOWORK=off
	# One call, so that the linker runs beside the compiler. Each program takes the -X that is its own.
	CGO_ENABLED=0 go build -trimpath -o "$out/" -ldflags "-s -w \
		-X github.com/moby/buildkit/version.Version=v$buildkit \
		-X github.com/docker/buildx/version.Version=v$buildx \
		-X github.com/moby/moby/v2/dockerversion.Version=$moby" \
		github.com/docker/buildx/cmd/buildx \
		github.com/google/go-containerregistry/cmd/crane \
		github.com/moby/buildkit/cmd/buildctl \
		github.com/moby/buildkit/cmd/buildkitd \
		github.com/moby/moby/v2/cmd/dockerd \
		github.com/rootless-containers/rootlesskit/v2/cmd/rootlesskit || return
	mv "$out/buildx" "$out/docker-buildx" || return
	# runc needs C: its first steps in a new namespace come before the Go runtime.
	CGO_ENABLED=1 go build -trimpath -o "$out/runc" -tags 'netgo osusergo seccomp' \
		-ldflags "-s -w -extldflags -static -X main.version=$runc" github.com/opencontainers/runc
}
