# shellcheck shell=bash
# Rust, and what linking needs. Sourced by the scripts that build skeg; they set HERE and ROOT.

prepare_rust() {
	local wanted found
	wanted=$(sed -n 's/^rust-version *= *"\([^"]*\)".*/\1/p' "$ROOT/Cargo.toml")
	command -v cargo >/dev/null || die "Rust is missing" "install Rust $wanted or later: https://rustup.rs"
	found=$(cd "$ROOT" && rustc --version) || die "rustc does not run" "try: rustup show"
	found=$(cut -d' ' -f2 <<<"$found")
	[[ $(printf '%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1) == "$wanted" ]] ||
		die "Rust $found is too old: $wanted or later is needed" "try: rustup update stable"
	"$HERE/engines" need cc=gcc pkg-config=pkg-config git=git /usr/include/stdlib.h=libc6-dev
}

prepare_go() {
	command -v go >/dev/null || die "Go is missing: the engines are built from Go modules" \
		"install Go $(sed -n 's/^go //p' "$HERE/tools/go.mod") or later: https://go.dev/dl/"
}

# What a user's shell may hold and what would send builds elsewhere than to the engines.
clear_builder_environment() {
	local name
	for name in "${!SKEG_@}" "${!SKAFFOLD_@}" "${!BUILDX_@}" BUILDKIT_HOST DOCKER_BUILDKIT DOCKER_CONTEXT DOCKER_TLS_VERIFY; do
		case $name in SKEG_ENGINES_*) ;; *) unset "$name" ;; esac
	done
}
