//! Targets over TLS: trusted certificates, our own, and the sentence for each failed check.

use std::{path::PathBuf, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::mpsc};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig, SupportedProtocolVersion,
        crypto::ring,
        server::WebPkiClientVerifier,
        sign::{CertifiedKey, SingleCertAndKey},
        version::{TLS12, TLS13},
    },
};
use wsspec_record::Record;
use wsspec_runner::{Target, TlsOptions};

mod common;

use common::{Server, assert_all_pass, patient, peer, plan, read_head, run, run_target, serve_peer, unfit};

const PING: &str = "rfc6455/5.5.2/ping";

/// A certificate authority for one test.
struct Authority {
    name: &'static str,
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate that it signed, and its key.
struct Signed {
    cert: String,
    key: String,
}

impl Authority {
    /// `name` keeps the files of different tests separate.
    fn new(name: &'static str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { name, issuer: Issuer::new(params, key), pem }
    }

    fn sign(&self, params: CertificateParams) -> Signed {
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap().pem();
        Signed { cert, key: key.serialize_pem() }
    }

    /// A certificate for `name`.
    fn signed_for(&self, name: &str) -> Signed {
        self.sign(CertificateParams::new([name.to_owned()]).unwrap())
    }

    fn file(&self, kind: &str, text: &str) -> PathBuf {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{kind}.pem", self.name));
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Options that trust it.
    fn trusted(&self) -> TlsOptions {
        TlsOptions { ca_file: Some(self.file("ca", &self.pem)), ..TlsOptions::default() }
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()).unwrap();
        Arc::new(roots)
    }
}

/// The TLS configuration of a server.
fn config(
    signed: &Signed,
    clients: Option<&Authority>,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_protocol_versions(versions).unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(authority.roots(), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let cert = CertificateDer::from_pem_slice(signed.cert.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(signed.key.as_bytes()).unwrap();
    builder.with_single_cert(vec![cert], key).unwrap()
}

/// A conforming peer over TLS.
async fn serve(config: ServerConfig) -> Server {
    serve_and_tell(config, mpsc::unbounded_channel().0).await
}

/// Like [`serve`], but also sends the names that clients ask for by SNI.
async fn serve_and_tell(config: ServerConfig, names: mpsc::UnboundedSender<Option<String>>) -> Server {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Server::start(move |stream, _| accept(acceptor.clone(), stream, names.clone())).await
}

async fn accept(acceptor: TlsAcceptor, stream: TcpStream, names: mpsc::UnboundedSender<Option<String>>) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let _ = names.send(stream.get_ref().1.server_name().map(str::to_owned));
    serve_peer(stream, peer(None)).await;
}

fn target(server: &Server, tls: TlsOptions) -> Target {
    let mut target = Target::parse(&format!("wss://{}/", server.address)).unwrap();
    target.tls = tls;
    target
}

async fn ping(server: &Server, tls: TlsOptions) -> Arc<Record> {
    run_target(target(server, tls), &plan(&[PING]), &patient()).await
}

async fn passes(server: &Server, tls: TlsOptions) {
    let record = ping(server, tls).await;
    assert_all_pass(&record, 1);
}

/// Why the TLS handshake fails with a server whose certificate is not trusted.
async fn distrust(server: &Server, tls: TlsOptions) -> String {
    let record = ping(server, tls).await;
    unfit(&record).to_owned()
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted() {
    let authority = Authority::new("own");
    let server = serve(config(&authority.signed_for("127.0.0.1"), None, &[&TLS13, &TLS12])).await;
    let plan = plan(&["rfc6455/5.5.2", "rfc6455/5.4/two-fragments", "rfc6455/5.2/rsv1", "rfc6455/5.5.1/*"]);
    let record = run_target(target(&server, authority.trusted()), &plan, &patient()).await;
    assert_all_pass(&record, plan.trials.len());
    assert_eq!(record.target, format!("wss://{}/", server.address));
}

#[tokio::test]
async fn large_messages_go_over_tls_1_2_too() {
    let authority = Authority::new("tls12");
    let server = serve(config(&authority.signed_for("127.0.0.1"), None, &[&TLS12])).await;
    let plan = plan(&["rfc6455/5.2/quarter-mebibyte", "rfc6455/5.2/random-binary-length"]);
    let record = run_target(target(&server, authority.trusted()), &plan, &patient()).await;
    assert_all_pass(&record, plan.trials.len());
}

#[tokio::test]
async fn an_unknown_issuer_is_told() {
    let authority = Authority::new("unknown");
    let server = serve(config(&authority.signed_for("127.0.0.1"), None, &[&TLS13])).await;
    let other = Authority::new("unknown-other");
    assert_eq!(
        distrust(&server, other.trusted()).await,
        "no TLS with `127.0.0.1`: no trusted authority has signed its certificate; give the issuer with --ca-file, or \
         try --insecure"
    );
}

#[tokio::test]
async fn a_certificate_for_another_name_is_told() {
    let authority = Authority::new("name");
    let server = serve(config(&authority.signed_for("chat.example"), None, &[&TLS13])).await;
    assert_eq!(
        distrust(&server, authority.trusted()).await,
        "no TLS with `127.0.0.1`: its certificate is for `chat.example`; ask for that name with --sni, or try --insecure"
    );
}

#[tokio::test]
async fn names_in_a_certificate_are_escaped() {
    let authority = Authority::new("escaped");
    let mut params = CertificateParams::new([]).unwrap();
    let name = rcgen::string::Ia5String::try_from("evil\x1b[31m\r\n").unwrap();
    params.subject_alt_names = vec![rcgen::SanType::DnsName(name)];
    let server = serve(config(&authority.sign(params), None, &[&TLS13])).await;
    let why = distrust(&server, authority.trusted()).await;
    assert!(why.contains("is for `evil\\u{1b}[31m\\r\\n`;"), "{why}");
}

#[tokio::test]
async fn an_expired_certificate_is_told() {
    let authority = Authority::new("expired");
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.not_after = date_time_ymd(2020, 1, 1);
    let server = serve(config(&authority.sign(params), None, &[&TLS13])).await;
    assert_eq!(
        distrust(&server, authority.trusted()).await,
        "no TLS with `127.0.0.1`: its certificate has expired; renew it, or try --insecure"
    );
}

#[tokio::test]
async fn a_certificate_of_the_future_is_told() {
    let authority = Authority::new("future");
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.not_before = date_time_ymd(4000, 1, 1);
    let server = serve(config(&authority.sign(params), None, &[&TLS13])).await;
    assert_eq!(
        distrust(&server, authority.trusted()).await,
        "no TLS with `127.0.0.1`: its certificate is not valid yet; check the clocks, or try --insecure"
    );
}

#[tokio::test]
async fn insecure_takes_any_certificate() {
    let authority = Authority::new("insecure");
    let mut params = CertificateParams::new(["chat.example".to_owned()]).unwrap();
    params.not_after = date_time_ymd(2020, 1, 1);
    let signed = authority.sign(params);
    let insecure = TlsOptions { insecure: true, ..TlsOptions::default() };
    for version in [&TLS12, &TLS13] {
        let server = serve(config(&signed, None, &[version])).await;
        passes(&server, insecure.clone()).await;
    }
}

#[tokio::test]
async fn another_name_is_asked_for_and_checked() {
    let authority = Authority::new("sni");
    let (sender, mut names) = mpsc::unbounded_channel();
    let signed = authority.signed_for("chat.example");
    let server = serve_and_tell(config(&signed, None, &[&TLS13]), sender).await;
    let tls = TlsOptions { server_name: Some("chat.example".into()), ..authority.trusted() };
    passes(&server, tls).await;
    assert_eq!(names.recv().await, Some(Some("chat.example".to_owned())));
    let tls = TlsOptions { server_name: Some("not a name".into()), ..authority.trusted() };
    assert_eq!(distrust(&server, tls).await, "`not a name` is not a name for TLS; give one with --sni");
}

#[tokio::test]
async fn a_certificate_of_ours_is_shown() {
    let authority = Authority::new("client");
    let ours = authority.signed_for("client.example");
    let tls = TlsOptions {
        client_cert: Some(authority.file("cert", &ours.cert)),
        client_key: Some(authority.file("key", &ours.key)),
        ..authority.trusted()
    };
    for version in [&TLS12, &TLS13] {
        let server = serve(config(&authority.signed_for("127.0.0.1"), Some(&authority), &[version])).await;
        passes(&server, tls.clone()).await;
    }
}

#[tokio::test]
async fn a_certificate_of_ours_is_wanted() {
    let authority = Authority::new("wanted");
    // With TLS 1.3, a server refuses only after the client's side of the handshake is complete.
    for version in [&TLS12, &TLS13] {
        let server = serve(config(&authority.signed_for("127.0.0.1"), Some(&authority), &[version])).await;
        let why = distrust(&server, authority.trusted()).await;
        assert_eq!(
            why,
            "no TLS with `127.0.0.1`: the server demands a client certificate (alert certificate_required); give one \
             with --client-cert and --client-key"
        );
    }
}

#[tokio::test]
async fn a_certificate_of_ours_by_another_authority_is_refused() {
    let authority = Authority::new("refused");
    let other = Authority::new("refused-other");
    let ours = other.signed_for("client.example");
    let tls = TlsOptions {
        client_cert: Some(authority.file("cert", &ours.cert)),
        client_key: Some(authority.file("key", &ours.key)),
        ..authority.trusted()
    };
    let server = serve(config(&authority.signed_for("127.0.0.1"), Some(&authority), &[&TLS13])).await;
    assert_eq!(
        distrust(&server, tls).await,
        "no TLS with `127.0.0.1`: the server does not know the authority that signed our client certificate (alert \
         unknown_ca); give another one with --client-cert"
    );
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named() {
    let authority = Authority::new("files");
    let server = serve(config(&authority.signed_for("127.0.0.1"), None, &[&TLS13])).await;
    let empty = authority.file("empty", "");
    let ca = TlsOptions { ca_file: Some(empty.clone()), ..TlsOptions::default() };
    assert_eq!(
        distrust(&server, ca).await,
        format!("`{}` is not a PEM file with certificates: it holds none", empty.display())
    );
    let missing = TlsOptions { ca_file: Some("no/such.pem".into()), ..TlsOptions::default() };
    let why = distrust(&server, missing).await;
    assert!(why.starts_with("cannot read `no/such.pem`: "), "{why}");
    let cert = authority.file("cert", &authority.signed_for("client.example").cert);
    let key = TlsOptions { client_cert: Some(cert), client_key: Some(empty.clone()), ..authority.trusted() };
    let why = distrust(&server, key).await;
    assert_eq!(why, format!("`{}` is not a PEM file with a private key: it holds none", empty.display()));
    let (one, other) = (authority.signed_for("client.example"), authority.signed_for("client.example"));
    let (cert, key) = (authority.file("one", &one.cert), authority.file("other", &other.key));
    let tls =
        TlsOptions { client_cert: Some(cert.clone()), client_key: Some(key.clone()), ..authority.trusted() };
    assert_eq!(
        distrust(&server, tls).await,
        format!("the key in `{}` does not belong to the certificate in `{}`", key.display(), cert.display())
    );
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn a_server_in_the_clear_speaks_no_tls() {
    let server = Server::start(|mut stream, _| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        read_head(&mut stream).await;
    })
    .await;
    assert_eq!(
        distrust(&server, TlsOptions { insecure: true, ..TlsOptions::default() }).await,
        "no TLS with `127.0.0.1`: the server's answer is not TLS; does the server speak TLS on this port? For an \
         unencrypted connection, try ws://"
    );
}

#[tokio::test]
async fn a_server_that_closes_at_once_speaks_no_tls() {
    let server = Server::start(|mut stream, _| async move {
        let _ = stream.shutdown().await;
        common::drain(&mut stream).await;
    })
    .await;
    assert_eq!(
        distrust(&server, TlsOptions { insecure: true, ..TlsOptions::default() }).await,
        "no TLS with `127.0.0.1`: the server closed the connection during the TLS handshake; does the server speak TLS \
         on this port? For an unencrypted connection, try ws://"
    );
}

#[tokio::test]
async fn a_server_that_wants_tls_is_told_by_its_answer() {
    let authority = Authority::new("clear");
    let server = serve(config(&authority.signed_for("127.0.0.1"), None, &[&TLS13])).await;
    let record = run(&server.url(), &plan(&[PING]), &patient()).await;
    assert_eq!(
        unfit(&record),
        "this port speaks TLS: it answered the opening handshake with a TLS record; use wss:// instead of ws://"
    );
}

#[tokio::test]
async fn a_server_that_waits_for_a_request_in_the_clear_is_not_unreachable() {
    let server = Server::start(|mut stream, _| async move { common::drain(&mut stream).await }).await;
    let mut target = target(&server, TlsOptions { insecure: true, ..TlsOptions::default() });
    target.connect_timeout = std::time::Duration::from_millis(200);
    let record = run_target(target, &plan(&[PING]), &patient()).await;
    assert_eq!(
        unfit(&record),
        format!(
            "{} accepted a connection, but did not answer the TLS handshake within 200ms; does it speak TLS on this \
             port? For an unencrypted connection, try ws://",
            server.address
        )
    );
}

/// A certificate as `openssl req -x509` makes it: its own issuer, marked as an authority, with no name but its subject.
fn own_authority(name: &str, until: i32) -> Signed {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().unwrap();
    Signed { cert: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

#[tokio::test]
async fn a_certificate_that_is_its_own_authority_is_trusted_where_it_is_named() {
    let files = Authority::new("itself");
    let signed = own_authority("localhost", 4000);
    let named = TlsOptions { ca_file: Some(files.file("self", &signed.cert)), ..TlsOptions::default() };
    for version in [&TLS12, &TLS13] {
        let server = serve(config(&signed, None, &[version])).await;
        passes(&server, named.clone()).await;
    }
    let server = serve(config(&signed, None, &[&TLS13])).await;
    assert_eq!(
        distrust(&server, files.trusted()).await,
        "no TLS with `127.0.0.1`: its certificate is that of an authority, as `openssl req -x509` makes it; give this \
         very certificate with --ca-file, or try --insecure"
    );
    // The same name, but another key.
    let other = own_authority("localhost", 4000);
    let server = serve(config(&other, None, &[&TLS13])).await;
    let why = distrust(&server, named).await;
    assert!(why.contains("its certificate is that of an authority"), "{why}");
}

#[tokio::test]
async fn a_certificate_that_is_named_is_in_force_all_the_same() {
    let files = Authority::new("itself-expired");
    let signed = own_authority("localhost", 2020);
    let named = TlsOptions { ca_file: Some(files.file("self", &signed.cert)), ..TlsOptions::default() };
    let server = serve(config(&signed, None, &[&TLS13])).await;
    assert_eq!(
        distrust(&server, named).await,
        "no TLS with `127.0.0.1`: its certificate has expired; renew it, or try --insecure"
    );
}

#[tokio::test]
async fn a_certificate_of_version_1_has_a_sentence_of_its_own_with_and_without_a_check() {
    let cert = CertificateDer::from_pem_slice(include_bytes!("fixtures/version-1.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("fixtures/version-1.key")).unwrap();
    let key = ring::sign::any_supported_type(&key).unwrap();
    let resolver = SingleCertAndKey::from(CertifiedKey::new(vec![cert], key));
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_protocol_versions(&[&TLS13]).unwrap().with_no_client_auth();
    let server = serve(builder.with_cert_resolver(Arc::new(resolver))).await;
    let file = Authority::new("version-1").file("cert", include_str!("fixtures/version-1.pem"));
    let checked = TlsOptions { ca_file: Some(file), ..TlsOptions::default() };
    for tls in [checked, TlsOptions { insecure: true, ..TlsOptions::default() }] {
        let why = distrust(&server, tls).await;
        assert!(why.starts_with("no TLS with `127.0.0.1`: its certificate is X.509 version 1, "), "{why}");
    }
}
