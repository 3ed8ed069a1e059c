use std::time::{Duration, Instant};

use super::*;

fn sh(script: &str) -> Command {
    Command::new("/bin/sh").args(["-c", script])
}

#[tokio::test]
async fn output_keeps_the_streams_apart_and_the_exit_code() {
    let output = sh("echo out; echo err >&2; exit 3").output().await.unwrap();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("out\n", "err\n"));
    assert_eq!(output.status.code(), Some(3));
}

#[tokio::test]
async fn large_input_and_output_do_not_block_each_other() {
    let input = vec![b'x'; 3 << 20];
    let output = Command::new("cat").stdin_bytes(input.clone()).output().await.unwrap();
    assert_eq!(output.stdout.trim_end().len(), input.len());
}

#[tokio::test]
async fn a_missing_program_is_told_from_a_missing_folder() {
    assert!(matches!(Command::new("skeg-no-such-tool").output().await, Err(Error::NotFound { .. })));
    assert!(matches!(sh("true").cwd("/no/such/folder").output().await, Err(Error::Io { .. })));
}

#[tokio::test]
async fn variables_are_set_and_removed() {
    let output = sh("echo ${A-none} ${HOME-none}").env("A", "1").env_remove("HOME").output().await.unwrap();
    assert_eq!(output.stdout, "1 none\n");
}

#[tokio::test]
async fn stop_ends_the_whole_group_in_time() {
    let mut child = sh("trap '' TERM; sleep 60 & echo $!; wait; sleep 60").spawn().unwrap();
    let grandchild: i32 = child.line().await.unwrap().text.parse().unwrap();
    let start = Instant::now();
    child.stop(Duration::from_millis(200)).await;
    assert!(start.elapsed() < Duration::from_secs(5));
    drop(child);
    for _ in 0..100 {
        if !alive(grandchild) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the child's child {grandchild} still runs");
}

#[tokio::test]
async fn dropping_kills() {
    let mut child = sh("echo $$; sleep 60").spawn().unwrap();
    let pid: i32 = child.line().await.unwrap().text.parse().unwrap();
    drop(child);
    for _ in 0..100 {
        if !alive(pid) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{pid} still runs");
}

fn alive(pid: i32) -> bool {
    // A zombie is not alive: its parent (us, or init) just has not looked yet.
    fs_err::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z"))
}
