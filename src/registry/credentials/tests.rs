use serde_json::{Value, json};

use super::*;

fn login(host: &str, config: Value) -> Option<(String, String)> {
    let config: Config = serde_json::from_value(config).unwrap();
    config.entry(host).and_then(Entry::login).map(|login| match login {
        Login::Password { user, password } => (user, password),
        Login::Identity(token) => (String::new(), token),
    })
}

#[test]
fn entries_of_the_config_file() {
    let me = |password: &str| Some(("me".to_owned(), password.to_owned()));
    let rows = [
        ("r.io", json!({"auths": {"r.io": {"auth": "bWU6c2VjcmV0"}}}), me("secret")),
        ("r.io", json!({"auths": {"https://r.io/v2/": {"auth": "bWU6c2VjcmV0"}}}), me("secret")),
        ("r.io:5000", json!({"auths": {"http://r.io:5000": {"auth": "bWU6c2VjcmV0"}}}), me("secret")),
        ("r.io", json!({"auths": {"r.io:5000": {"auth": "bWU6c2VjcmV0"}}}), None),
        ("r.io", json!({"auths": {"a.r.io": {"auth": "bWU6c2VjcmV0"}}}), None),
        ("docker.io", json!({"auths": {DOCKER_HUB_KEY: {"auth": "bWU6c2VjcmV0"}}}), me("secret")),
        ("docker.io", json!({"auths": {"docker.io": {"auth": "bWU6c2VjcmV0"}}}), me("secret")),
        ("docker.io", json!({"auths": {"registry-1.docker.io": {"auth": "bWU6c2VjcmV0"}}}), me("secret")),
        // a password with colons, without padding, with a NUL
        ("r.io", json!({"auths": {"r.io": {"auth": "bWU6YTpi"}}}), me("a:b")),
        ("r.io", json!({"auths": {"r.io": {"auth": "bWU6YWI"}}}), me("ab")),
        ("r.io", json!({"auths": {"r.io": {"auth": "bWU6YWIA"}}}), me("ab")),
        ("r.io", json!({"auths": {"r.io": {"username": "me", "password": "secret"}}}), me("secret")),
        (
            "r.io",
            json!({"auths": {"r.io": {"auth": "bWU6c2VjcmV0", "identitytoken": "t"}}}),
            Some((String::new(), "t".to_owned())),
        ),
        // what `docker login` leaves in the file beside a helper
        ("r.io", json!({"auths": {"r.io": {}}, "credsStore": "desktop"}), None),
        ("r.io", json!({"auths": {"r.io": {"auth": ""}}}), None),
        ("r.io", json!({"auths": {"r.io": {"auth": "no base64"}}}), None),
        ("r.io", json!({"auths": null, "credHelpers": null}), None),
    ];
    for (host, config, expected) in rows {
        assert_eq!(login(host, config.clone()), expected, "{host} {config}");
    }
}

#[test]
fn helpers_of_the_config_file() {
    let rows = [
        ("r.io", json!({"credsStore": "all"}), Some("all")),
        ("r.io", json!({"credsStore": "all", "credHelpers": {"r.io": "own"}}), Some("own")),
        ("r.io", json!({"credsStore": "all", "credHelpers": {"a.r.io": "own"}}), Some("all")),
        ("docker.io", json!({"credHelpers": {DOCKER_HUB_KEY: "hub"}}), Some("hub")),
        ("docker.io", json!({"credHelpers": {"docker.io": "hub"}}), Some("hub")),
        ("docker.io", json!({"credHelpers": {"index.docker.io": "hub"}}), Some("hub")),
        ("r.io", json!({"credsStore": ""}), None),
        ("r.io", json!({}), None),
    ];
    for (host, config, expected) in rows {
        let parsed: Config = serde_json::from_value(config.clone()).unwrap();
        assert_eq!(parsed.helper(host), expected, "{host} {config}");
    }
}
