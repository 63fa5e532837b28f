use super::*;
use std::io::{Read, Write};
use std::net::TcpListener;

/// A server that answers everything the same way.
fn server(answer: &'static str) -> SocketAddr {
    slow_server(answer, Duration::ZERO)
}

fn slow_server(answer: &'static str, delay: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut buffer = [0; 2048];
                while stream.read(&mut buffer).is_ok_and(|read| read > 0) {
                    std::thread::sleep(delay);
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

#[test]
fn a_count_of_requests_is_sent_and_every_answer_is_measured() {
    let address = server("HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n{}");
    let until = Until::Requests(100, Duration::from_secs(10));
    let load = run(address, Work::Write(Writes::Buys, 7), 4, until, || Ok(())).unwrap();
    assert_eq!((load.requests, load.sent, load.latencies.len()), (100, 100, 100));
    assert!(load.per_second() > 0.0 && load.millis(0.99) < 10_000.0);
}

#[test]
fn latencies_are_told_in_milliseconds() {
    let address = slow_server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", Duration::from_millis(20));
    let until = Until::Requests(10, Duration::from_secs(10));
    let load = run(address, Work::Read(Reads::Health), 1, until, || Ok(())).unwrap();
    assert!(load.millis(0.5) >= 20.0 && load.millis(0.5) < 5_000.0, "{}", load.millis(0.5));
}

#[test]
fn what_is_answered_during_the_warm_up_is_sent_but_not_measured() {
    let address = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let (warm_up, window) = (Duration::from_millis(100), Duration::from_millis(100));
    let until = Until::Window { warm_up, window };
    let load = run(address, Work::Read(Reads::Health), 2, until, || Ok(())).unwrap();
    assert!(load.requests > 0 && load.requests < load.sent, "{} of {}", load.requests, load.sent);
    assert!(load.elapsed >= window, "{:?}", load.elapsed);
}

#[test]
fn a_pace_is_kept_and_not_exceeded() {
    let address = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let (warm_up, window) = (Duration::from_millis(100), Duration::from_millis(500));
    let until = Until::Paced { warm_up, window, per_second: 400.0 };
    let load = run(address, Work::Read(Reads::Health), 4, until, || Ok(())).unwrap();
    assert!((300.0..500.0).contains(&load.per_second()), "{}", load.per_second());
}

#[test]
fn a_request_that_was_due_while_no_connection_was_free_has_waited() {
    let address = slow_server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", Duration::from_millis(20));
    let (warm_up, window) = (Duration::from_millis(0), Duration::from_millis(400));
    // Twice what one connection can do.
    let until = Until::Paced { warm_up, window, per_second: 100.0 };
    let load = run(address, Work::Read(Reads::Health), 1, until, || Ok(())).unwrap();
    assert!(load.millis(0.99) >= 100.0, "{}", load.millis(0.99));
}

#[test]
fn an_answer_of_another_status_ends_the_run_and_is_shown() {
    let address = server("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\n\r\nbusy");
    let until = Until::Requests(10, Duration::from_secs(10));
    let error = run(address, Work::Write(Writes::Buys, 0), 1, until, || Ok(())).unwrap_err();
    assert!(
        error.to_string().contains("503 instead of 202") && error.to_string().contains("busy"),
        "{error}"
    );
}
