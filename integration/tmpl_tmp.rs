use std::io::BufRead;
fn main() {
    let ctx = skeg::template::Context::new([
        ("IMAGE_NAME", "gcr.io/me/app"),
        ("IMAGE_TAG", "v1.2"),
        ("FOO", "foo"),
        ("PATHS", "a:b:c"),
        ("EMPTY", ""),
        ("PATH", "/usr/bin:/bin"),
        ("SPACED", "  x y  "),
        ("N", "7"),
        ("UNICODE", "héllo wörld"),
    ]);
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        if line.is_empty() {
            continue;
        }
        let json = line.starts_with('"');
        let t = if json { serde_json::from_str(&line).unwrap() } else { line.replace('⏎', "\n") };
        let r = skeg::template::expand(&t, &ctx);
        if json {
            println!(
                "{}",
                match r {
                    Ok(s) => serde_json::json!({"out": s}),
                    Err(e) => serde_json::json!({"err": e.reason, "at": [e.span.start, e.span.end]}),
                }
            );
            continue;
        }
        match r {
            Ok(s) => println!("{line}\n= {}", s.replace('\n', "⏎")),
            Err(e) => println!("{line}\n! {} @{:?}", e.reason.replace('\n', "⏎"), t.get(e.span.clone())),
        }
    }
}
