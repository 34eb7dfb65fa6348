//! Life of the server: before the herder, listeners, limits, time-outs, panics, shutdown.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kconnect_connect::herder::Health;
use kconnect_rest::RestServer;
use tokio::net::TcpListener;

use crate::client::{config, get, send, started};
use crate::fake::{Fake, Levels, stage};

#[tokio::test]
async fn before_the_herder_health_says_starting_and_the_rest_is_unavailable() {
    let server = RestServer::bind(&config(&[])).await.unwrap();
    let address = server.addresses()[0];
    let health = get(address, "/health").await;
    assert_eq!(
        (health.status, health.body.as_str()),
        (503, r#"{"status":"starting","message":"Worker is still starting up."}"#)
    );
    let list = get(address, "/connectors").await;
    assert_eq!((list.status, list.header("retry-after")), (503, Some("1")));
    assert!(list.body.starts_with(r#"{"error_code":503,"message":"The worker is still starting up"#));
    assert_eq!(get(address, "/nope").await.status, 404);
    server.install(Arc::new(Fake::default()), Arc::new(Levels::default()));
    assert_eq!(get(address, "/health").await.status, 200);
    let root = get(address, "/").await;
    assert!(
        root.body.starts_with(r#"{"version":""#)
            && root.body.ends_with(r#","kafka_cluster_id":"the-cluster"}"#)
    );
}

#[tokio::test]
async fn health_names_the_stage() {
    let (_server, address, fake) = started(&[]).await;
    let suffix =
        " The worker is currently starting the connector, which began at 2024-10-25T03:33:01.123Z.\"}";
    for (health, status, message) in [
        (
            Health::Starting(Some(stage())),
            503,
            r#"{"status":"starting","message":"Worker is still starting up."#,
        ),
        (
            Health::Unhealthy(Some(stage())),
            500,
            r#"{"status":"unhealthy","message":"Worker was unable to handle this request and may be unable to handle other requests."#,
        ),
    ] {
        *fake.sick.lock().unwrap() = Some(health);
        let answer = get(address, "/health").await;
        assert_eq!((answer.status, answer.body), (status, format!("{message}{suffix}")));
    }
}

#[tokio::test]
async fn a_busy_port_is_named_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let listeners = format!("http://127.0.0.1:{port}");
    let error = RestServer::bind(&config(&[("listeners", &listeners)])).await.err().unwrap().to_string();
    assert!(
        error.contains(&port.to_string()) && error.contains("listeners=http://127.0.0.1:<port>"),
        "{error}"
    );
}

#[tokio::test]
async fn the_advertised_url() {
    for (entries, expect) in [
        (&[("rest.advertised.host.name", "h"), ("rest.advertised.port", "99")][..], "http://h:99/"),
        (&[("rest.advertised.host.name", "::1"), ("rest.advertised.port", "99")][..], "http://[::1]:99/"),
    ] {
        assert_eq!(RestServer::bind(&config(entries)).await.unwrap().advertised_url(), expect);
    }
    let server = RestServer::bind(&config(&[])).await.unwrap();
    assert_eq!(server.advertised_url(), format!("http://{}/", server.addresses()[0]));
}

#[tokio::test]
async fn administration_moves_to_its_own_listeners_or_nowhere() {
    let cors = ("access.control.allow.origin", "*");
    let (server, regular, _) = started(&[("admin.listeners", "http://127.0.0.1:0"), cors]).await;
    let admin = server.addresses()[1];
    assert_eq!(get(regular, "/admin/loggers").await.status, 404);
    assert_eq!(get(admin, "/connectors").await.status, 404);
    let levels = get(admin, "/admin/loggers").await;
    assert_eq!(levels.body, r#"{"root":{"level":"WARN","last_modified":null}}"#);
    assert_eq!(
        (levels.header("vary"), get(regular, "/connectors").await.header("vary")),
        (None, Some("Origin"))
    );
    let (_server, regular, _) = started(&[("admin.listeners", "")]).await;
    assert_eq!(get(regular, "/admin/loggers").await.status, 404);
}

#[tokio::test]
async fn a_panic_is_500_and_the_next_request_is_served() {
    let (_server, address, _) = started(&[]).await;
    assert_eq!(get(address, "/connectors/panic").await.status, 500);
    assert_eq!(get(address, "/connectors").await.status, 200);
}

#[tokio::test]
async fn more_than_256_requests_in_progress_are_refused() {
    let (_server, address, fake) = started(&[]).await;
    let blocked: Vec<_> = (0..256)
        .map(|_| tokio::spawn(async move { get(address, "/connectors/block").await.status }))
        .collect();
    let refused = loop {
        let answer = get(address, "/health").await;
        if answer.status == 503 {
            break answer;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(refused.header("retry-after"), Some("1"));
    let mut done = 0;
    for task in blocked {
        while !task.is_finished() {
            fake.gate.notify_waiters();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        done += usize::from(task.await.unwrap() == 404);
    }
    assert_eq!((done, get(address, "/health").await.status), (256, 200));
}

#[tokio::test(start_paused = true)]
async fn a_herder_that_does_not_answer_is_500_with_its_stage() {
    let (_server, address, fake) = started(&[]).await;
    *fake.sick.lock().unwrap() = Some(Health::Unhealthy(Some(stage())));
    let begun = tokio::time::Instant::now();
    let answer = get(address, "/connectors/block").await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (
            500,
            "{\"error_code\":500,\"message\":\"Request timed out. The worker is currently starting the connector, which \
             began at 2024-10-25T03:33:01.123Z.\"}"
        )
    );
    assert_eq!(begun.elapsed().as_secs(), 90);
}

#[tokio::test]
async fn shutdown_lets_a_request_finish_and_takes_no_new_ones() {
    let (server, address, fake) = started(&[]).await;
    let request = tokio::spawn(async move { get(address, "/connectors/block").await.status });
    let fake_gate = Arc::clone(&fake);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let down = tokio::spawn(server.shutdown(Duration::from_secs(30)));
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    while !request.is_finished() {
        fake_gate.gate.notify_waiters();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(request.await.unwrap(), 404);
    down.await.unwrap();
}

#[tokio::test]
async fn every_answer_forbids_sniffing_and_names_no_server() {
    let (_server, address, _) = started(&[]).await;
    for path in ["/", "/nope", "/connectors/x"] {
        let answer = get(address, path).await;
        assert_eq!(
            (answer.header("x-content-type-options"), answer.header("server")),
            (Some("nosniff"), None)
        );
    }
}

#[tokio::test]
async fn names_round_trip_through_paths() {
    let (_server, address, _) = started(&[]).await;
    let json = [("Content-Type", "application/json")];
    for name in ["a/b", "a%2Fb", "..", "%", "a b+c", "é😀", "x;y", "a\nb", "?#", "{a}", "\\"] {
        let config = r#"{"connector.class":"FileStreamSource","topic":"t"}"#;
        let name_json = serde_json::Value::from(name).to_string();
        let body = format!("{{\"name\":{name_json},\"config\":{config}}}");
        let created = send(address, "POST", "/connectors", &json, Some(&body)).await;
        let location = created.header("location").unwrap_or_else(|| panic!("{name:?} {created:?}"));
        let path = location.strip_prefix("http://127.0.0.1:8083").unwrap();
        let found = get(address, path).await;
        let found: serde_json::Value = serde_json::from_str(&found.body).unwrap();
        assert_eq!(found["name"], name, "{path}");
    }
}

#[tokio::test]
async fn plugins_and_validation() {
    let (_server, address, _) = started(&[]).await;
    let sink = r#"[{"class":"a.Sink","type":"sink","version":"1"}"#;
    let all = format!("{sink},{{\"class\":\"a.T\",\"type\":\"transformation\"}}]");
    for (query, expect) in [
        ("", format!("{sink}]")),
        ("?connectorsOnly", format!("{sink}]")),
        ("?connectorsOnly=TRUE", format!("{sink}]")),
        ("?connectorsOnly=x", all.clone()),
        ("?connectorsOnly=false", all),
    ] {
        assert_eq!(get(address, &format!("/connector-plugins{query}")).await.body, expect, "{query}");
    }
    assert_eq!(
        get(address, "/connector-plugins/a.Sink/config").await.body,
        r#"[{"name":"file","type":"STRING","required":true,"default_value":null,"importance":"MEDIUM","documentation":"","group":null,"order_in_group":-1,"width":"NONE","display_name":"file","dependents":[]}]"#
    );
    let json = [("Content-Type", "application/json")];
    let body = r#"{"connector.class":"FileStreamSource","topic":"t"}"#;
    for class in ["FileStreamSource", "FileStreamSourceConnector", "Source"] {
        let path = format!("/connector-plugins/{class}/config/validate");
        let answer = send(address, "PUT", &path, &json, Some(body)).await;
        assert_eq!(answer.body, r#"{"name":"n","error_count":0,"groups":["g"],"configs":[]}"#, "{class}");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn writes_leave_an_audit_line_and_nobody_forges_log_lines() {
    let log = Log::default();
    let make = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || make.clone()).finish();
    // For all threads: a call site that another test reaches first would ask that thread's subscriber, and stay silent.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let (_server, address, _) = started(&[]).await;
    get(address, "/connectors/seen").await;
    send(address, "PUT", "/connectors/a%0Ab/pause", &[("User-Agent", "x\ty\u{85}\"z")], None).await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let mine: Vec<&str> =
        text.lines().filter(|line| line.contains("/connectors/seen") || line.contains("a%0Ab")).collect();
    let audit: Vec<&str> = mine.iter().copied().filter(|line| line.contains("kconnect.audit")).collect();
    assert_eq!(audit.len(), 1, "{text}");
    for part in ["client=127.0.0.1", "method=PUT", "target=/connectors/a%0Ab/pause", "status=404"] {
        assert!(audit[0].contains(part), "{part}: {}", audit[0]);
    }
    let requests: Vec<&str> = mine.iter().copied().filter(|line| line.contains("HTTP/1.1")).collect();
    assert_eq!(requests.len(), 2, "{text}");
    assert!(!requests[1].contains(['\t', '\u{85}']), "{}", requests[1]);
}
