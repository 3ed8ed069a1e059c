//! Platforms in the words of image indexes: `linux/amd64`, `linux/arm/v7`.

/// An architecture in images' words, from the kernel's or Rust's (`x86_64`, `aarch64`).
pub fn architecture(name: &str) -> &str {
    match name {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "x86" | "i386" | "i686" => "386",
        "armhf" | "armv7l" => "arm",
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

/// `os/arch[/variant]` in the words BuildKit uses; an architecture alone is Linux's. `None` = it is no platform.
pub fn parse(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let valid = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    let mut parts: Vec<&str> = text.split('/').collect();
    if parts.len() == 1 {
        parts.insert(0, "linux");
    }
    if parts.len() > 3 || !parts.iter().all(valid) {
        return None;
    }
    parts[1] = architecture(parts[1]);
    // arm64 has one variant, which goes without saying.
    if parts[1] == "arm64" && parts.get(2) == Some(&"v8") {
        parts.truncate(2);
    }
    Some(parts.join("/"))
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
            ("", None),
            ("linux/", None),
            ("a/b/c/d", None),
            ("linux/amd 64", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse(text).as_deref(), expected, "{text}");
        }
    }
}
