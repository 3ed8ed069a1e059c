//! Platforms in the words of image indexes: `linux/amd64`, `linux/arm/v7`.

/// An architecture in images' words, from the kernel's or Rust's (`x86_64`, `aarch64`).
pub fn architecture(name: &str) -> &str {
    match name {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "x86" | "i386" | "i686" => "386",
        "armhf" | "armel" | "armv7l" => "arm",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

/// The architecture this program was built for. A builder's may be another one.
pub fn native_architecture() -> &'static str {
    architecture(std::env::consts::ARCH)
}

/// The architecture of a platform.
pub fn architecture_of(platform: &str) -> &str {
    platform.split('/').nth(1).unwrap_or(platform)
}

/// Every platform there is, for builders that know which: BuildKit's take it for their own.
pub const ALL: &str = "all";

/// How platforms are written, as a cure.
pub const FORM: &str = "write it as os/arch[/variant], for example linux/amd64 or linux/arm/v7";

#[rustfmt::skip]
const SYSTEMS: &[&str] = &[
    "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl", "netbsd",
    "openbsd", "plan9", "solaris", "windows", "zos",
];
#[rustfmt::skip]
const ARCHITECTURES: &[&str] = &[
    "386", "amd64", "amd64p32", "arm", "arm64", "arm64be", "armbe", "loong64", "mips", "mips64", "mips64le",
    "mips64p32", "mips64p32le", "mipsle", "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390", "s390x", "sparc",
    "sparc64", "wasm",
];

/// Whether a text is a platform, or [`ALL`].
pub fn is_known(text: &str) -> bool {
    is_all(text) || parse(text).is_some()
}

/// Whether a text asks for [`ALL`].
pub fn is_all(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case(ALL)
}

/// `os[(version)]/arch[/variant]` in the words BuildKit uses; an architecture alone is Linux's, a system alone has this
/// machine's architecture. `None` = it is no platform that anything is built for (the names are those of
/// `containerd/platforms`, which BuildKit and Skaffold read them with).
pub fn parse(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let parts: Vec<&str> = text.split('/').collect();
    let (system, name, variant) = match parts[..] {
        [one] => system(one).map_or(("linux", one, ""), |system| (system, native_architecture(), "")),
        [os, name] => (system(os)?, name, ""),
        [os, name, variant] if is_word(variant) => (system(os)?, name, variant),
        _ => return None,
    };
    let architecture = architecture(name);
    if !ARCHITECTURES.contains(&architecture) {
        return None;
    }
    let variant = match name {
        "armhf" => "v7",
        "armel" => "v6",
        _ => variant,
    };
    let variant = match (architecture, variant) {
        // What goes without saying.
        ("arm64", "8" | "v8" | "v8.0") | ("amd64", "v1") | ("386", _) => "",
        ("arm64", "9" | "9.0" | "v9.0") => "v9",
        ("arm", "5") => "v5",
        ("arm", "6") => "v6",
        ("arm", "7") => "v7",
        ("arm", "8") => "v8",
        (_, variant) => variant,
    };
    let end = if variant.is_empty() { String::new() } else { format!("/{variant}") };
    Some(format!("{system}/{architecture}{end}"))
}

/// A system as BuildKit calls it, with its version where it has one: `windows(10.0.17763)`. `None` = there is no such one.
fn system(text: &str) -> Option<&str> {
    let text = if text == "macos" { "darwin" } else { text };
    let name = match text.split_once('(') {
        Some((name, version)) => {
            version.strip_suffix(')').filter(|version| version.split('+').all(is_word))?;
            name
        }
        None => text,
    };
    SYSTEMS.contains(&name).then_some(text)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_named_one_way() {
        let rows = [
            ("linux/amd64", Some("linux/amd64")),
            ("arm64", Some("linux/arm64")),
            (" Linux/x86_64 ", Some("linux/amd64")),
            ("linux/arm64/v8", Some("linux/arm64")),
            ("linux/arm/v7", Some("linux/arm/v7")),
            ("windows/amd64", Some("windows/amd64")),
            ("linux/amd64/v1", Some("linux/amd64")),
            ("linux/amd64/v3", Some("linux/amd64/v3")),
            ("linux/arm/7", Some("linux/arm/v7")),
            ("linux/armel", Some("linux/arm/v6")),
            ("armhf", Some("linux/arm/v7")),
            ("aarch64", Some("linux/arm64")),
            ("macos/arm64", Some("darwin/arm64")),
            ("windows(10.0.17763)/amd64", Some("windows(10.0.17763)/amd64")),
            ("windows()/amd64", None),
            ("windows(1/amd64", None),
            ("linux/amd46", None),
            ("lunix/amd64", None),
            ("web", None),
            ("all", None),
            ("", None),
            ("linux/", None),
            ("a/b/c/d", None),
            ("linux/amd 64", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse(text).as_deref(), expected, "{text}");
        }
        let own = Some(format!("linux/{}", native_architecture()));
        assert_eq!((parse("linux"), parse("Linux")), (own.clone(), own));
    }
}
