package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.seamark.schema.LogRows;
import dev.seamark.schema.Rows;
import dev.seamark.tenant.Sender;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Log records as agents send Kubernetes objects, and the rows that they become. */
class KubernetesObjectsTest {
  private static final Sender SENDER = new Sender("default", "edge-1", 30);

  /** 2026-11-25T09:00:00Z, when the requests arrive. */
  private static final long NOW = 1_795_597_200_000_000_000L;

  private static final String EVENT = """
      {"kind":"Event","apiVersion":"v1",
       "metadata":{"name":"cart-0.18a1","namespace":"shop","uid":"e-1","resourceVersion":"812",
         "creationTimestamp":"2026-11-25T08:00:00Z","managedFields":[{"manager":"kubelet"}]},
       "involvedObject":{"kind":"Pod","namespace":"shop","name":"cart-0","uid":"p-1","apiVersion":"v1",
         "resourceVersion":"700","fieldPath":"spec.containers{cart}"},
       "reason":"BackOff","message":"Back-off restarting failed container","type":"Warning","count":7,
       "source":{"component":"kubelet","host":"node-3"},"reportingComponent":"","reportingInstance":"",
       "firstTimestamp":"2026-11-25T08:00:00Z","lastTimestamp":"2026-11-25T08:30:00Z","eventTime":null}""";

  private static final List<String> EVENT_ROW =
      List.of("Timestamp=1795595400000000000 Tenant=default Cluster=edge-1 RetentionDays=30 Uid=e-1"
          + " ResourceVersion=812 Name=cart-0.18a1 Namespace=shop Type=Warning Reason=BackOff Action="
          + " Message=Back-off restarting failed container Count=7 FirstTimestamp=1795593600000000000"
          + " LastTimestamp=1795595400000000000 ObjectKind=Pod ObjectApiVersion=v1 ObjectNamespace=shop"
          + " ObjectName=cart-0 ObjectUid=p-1 ObjectResourceVersion=700"
          + " ObjectFieldPath=spec.containers{cart} ReportingComponent=kubelet ReportingInstance="
          + " Host=node-3");

  private static final String AUDIT = """
      {"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"a-1","stage":"ResponseComplete",
       "requestURI":"/api/v1/namespaces/shop/secrets/db","verb":"get",
       "user":{"username":"system:serviceaccount:shop:cart","uid":"u-1","groups":["system:authenticated","shop"]},
       "impersonatedUser":{"username":"jane"},"sourceIPs":["10.0.0.7","192.0.2.1"],"userAgent":"kubectl/v1.34",
       "objectRef":{"resource":"secrets","namespace":"shop","name":"db","uid":"s-1","apiVersion":"v1",
         "resourceVersion":"9","subresource":"status","apiGroup":"core"},
       "responseStatus":{"metadata":{},"status":"Failure","message":"not yours","reason":"Forbidden","code":403},
       "requestObject":{"data":{"password":"c2VjcmV0"}},
       "requestReceivedTimestamp":"2026-11-25T08:30:00.000001Z","stageTimestamp":"2026-11-25T08:30:00.500000Z",
       "annotations":{"b":"2","authorization.k8s.io/decision":"forbid"}}""";

  private static final List<String> AUDIT_ROW = List.of(
      "Timestamp=1795595400500000000 RequestReceived=1795595400000001000 Tenant=default Cluster=edge-1"
          + " RetentionDays=30 AuditId=a-1 Stage=ResponseComplete Level=Metadata Verb=get"
          + " User=system:serviceaccount:shop:cart UserUid=u-1 UserGroups=[system:authenticated, shop]"
          + " ImpersonatedUser=jane SourceIps=[10.0.0.7, 192.0.2.1] UserAgent=kubectl/v1.34"
          + " RequestUri=/api/v1/namespaces/shop/secrets/db ObjectApiGroup=core ObjectApiVersion=v1"
          + " ObjectResource=secrets ObjectSubresource=status ObjectNamespace=shop ObjectName=db"
          + " ObjectUid=s-1 ObjectResourceVersion=9 ResponseCode=403 ResponseReason=Forbidden"
          + " ResponseMessage=not yours Annotations={authorization.k8s.io/decision:forbid,b:2}");

  private final LogRows logs = new LogRows();
  private final KubernetesRows found = new KubernetesRows();

  @Test
  void whatTheObjectsReceiverWatches() throws Exception {
    send(record(
        kvlist("type", text("ADDED"), "object", json(EVENT)),
        attribute("k8s.resource.name", text("events")),
        attribute("event.domain", text("k8s")),
        attribute("event.name", text("cart-0.18a1"))));

    assertThat(RowText.of(found.events)).isEqualTo(EVENT_ROW);
    assertThat(logs.rows()).as("the log row stays").isEqualTo(1);
  }

  @Test
  void whatTheObjectsReceiverPulls() throws Exception {
    send(record(json(EVENT), attribute("k8s.resource.name", text("events"))));

    assertThat(RowText.of(found.events)).isEqualTo(EVENT_ROW);
  }

  @Test
  void anEventOfTheNewerApi() throws Exception {
    send(record(json("""
            {"apiVersion":"events.k8s.io/v1","kind":"Event","note":"assigned","eventTime":"2026-11-25T08:30:00.250000Z",
             "reason":"Scheduled","type":"Normal","action":"Binding","reportingController":"default-scheduler",
             "reportingInstance":"scheduler-1","regarding":{"kind":"Pod","namespace":"shop","name":"cart-0","uid":"p-1"},
             "metadata":{"name":"cart-0.1","namespace":"shop","uid":"e-2","resourceVersion":"5"},
             "series":{"count":3,"lastObservedTime":"2026-11-25T08:40:00.000000Z"},
             "deprecatedSource":{},"deprecatedFirstTimestamp":null,"deprecatedLastTimestamp":null}"""), attribute("k8s.resource.name", text("events"))));

    assertThat(RowText.of(found.events))
        .singleElement()
        .asString()
        .contains(
            "Timestamp=1795596000000000000 ",
            "Uid=e-2 ResourceVersion=5",
            "Reason=Scheduled Action=Binding",
            "Message=assigned Count=3 FirstTimestamp=1795595400250000000 LastTimestamp=1795596000000000000",
            "ObjectKind=Pod",
            "ReportingComponent=default-scheduler ReportingInstance=scheduler-1");
  }

  @Test
  void whatTheEventsReceiverSends() throws Exception {
    send("""
        {"resourceLogs":[{"resource":{"attributes":[%s,%s,%s,%s,%s,%s,%s]},"scopeLogs":[{"logRecords":[
          {"timeUnixNano":"1795595400000000000","severityNumber":13,"severityText":"Warning",
           "body":{"stringValue":"Back-off restarting failed container"},"attributes":[%s,%s,%s,%s,%s,%s,
           {"key":"k8s.event.count","value":{"intValue":"7"}}]}]}]}]}""".formatted(
            attribute("k8s.node.name", text("node-3")),
            attribute("k8s.object.kind", text("Pod")),
            attribute("k8s.object.name", text("cart-0")),
            attribute("k8s.object.uid", text("p-1")),
            attribute("k8s.object.fieldpath", text("spec.containers{cart}")),
            attribute("k8s.object.api_version", text("v1")),
            attribute("k8s.object.resource_version", text("700")),
            attribute("k8s.event.reason", text("BackOff")),
            attribute("k8s.event.action", text("")),
            attribute("k8s.event.start_time", text("2026-11-25 08:00:00 +0000 UTC")),
            attribute("k8s.event.name", text("cart-0.18a1")),
            attribute("k8s.event.uid", text("e-1")),
            attribute("k8s.namespace.name", text("shop"))));

    assertThat(RowText.of(found.events))
        .singleElement()
        .isEqualTo(EVENT_ROW
            .getFirst()
            .replace("ResourceVersion=812", "ResourceVersion=")
            .replace("ReportingComponent=kubelet", "ReportingComponent="));
  }

  @Test
  void anEventAsTheBodyWithoutAnyMark() throws Exception {
    send(record(text(EVENT)));

    assertThat(RowText.of(found.events)).isEqualTo(EVENT_ROW);
  }

  @Test
  void anEventWithItsFieldsAsAttributes() throws Exception {
    send(record(
        text("Back-off restarting failed container"),
        attribute("metadata", text("""
            {"name":"cart-0.18a1","namespace":"shop","uid":"e-1","resourceVersion":"812"}""")),
        attribute("involvedObject", json("""
            {"kind":"Pod","namespace":"shop","name":"cart-0","uid":"p-1","apiVersion":"v1","resourceVersion":"700",
             "fieldPath":"spec.containers{cart}"}""")),
        attribute("reason", text("BackOff")),
        attribute("type", text("Warning")),
        attribute("count", text("7")),
        attribute("source", text("{\"component\":\"kubelet\",\"host\":\"node-3\"}")),
        attribute("firstTimestamp", text("2026-11-25T08:00:00Z")),
        attribute("lastTimestamp", text("2026-11-25T08:30:00Z"))));

    assertThat(RowText.of(found.events)).isEqualTo(EVENT_ROW);
  }

  @Test
  void aDeletedEventIsNoEvent() throws Exception {
    send(record(
        kvlist("type", text("DELETED"), "object", json(EVENT)),
        attribute("k8s.resource.name", text("events"))));

    assertThat(found.events.rows()).isZero();
    assertThat(found.deleted()).isEqualTo(1);
    assertThat(logs.rows()).isEqualTo(1);
  }

  @Test
  void auditEventsInBodies() throws Exception {
    send(record(text(AUDIT.replace("\n", ""))));

    assertThat(RowText.of(found.audits)).isEqualTo(AUDIT_ROW);
    assertThat(logs.rows()).isEqualTo(1);
  }

  @Test
  void aListOfAuditEventsInABody() throws Exception {
    send(record(text("{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"items\":[%s,%s]}"
        .formatted(AUDIT, AUDIT.replace("a-1", "a-2")))));

    assertThat(RowText.of(found.audits))
        .containsExactly(
            AUDIT_ROW.getFirst(), AUDIT_ROW.getFirst().replace("AuditId=a-1", "AuditId=a-2"));
  }

  @Test
  void anAuditEventWithItsFieldsAsAttributes() throws Exception {
    send(record(
        text(""),
        attribute("auditID", text("a-1")),
        attribute("stage", text("Panic")),
        attribute("verb", text("list")),
        attribute("user", text("{\"username\":\"jane\",\"groups\":[\"ops\"]}")),
        attribute("sourceIPs", text("[\"10.0.0.7\"]")),
        attribute("stageTimestamp", text("2026-11-25T08:30:00.500000Z"))));

    assertThat(RowText.of(found.audits))
        .singleElement()
        .asString()
        .contains(
            "Timestamp=1795595400500000000",
            "AuditId=a-1 Stage=Panic",
            "User=jane",
            "UserGroups=[ops]",
            "SourceIps=[10.0.0.7]");
  }

  @Test
  void whatIsMarkedButCannotBeReadIsCountedAndKeptAsALogRow() throws Exception {
    send(
        record(text("{\"truncated"), attribute("k8s.resource.name", text("events"))),
        record(text("no object"), attribute("k8s.resource.name", text("events"))),
        record(json("{\"kind\":\"Status\"}"), attribute("k8s.resource.name", text("events"))),
        record(text(EVENT.replace("\"uid\":\"e-1\"", "\"uid\":\"\""))),
        record(text(AUDIT.substring(0, 300))),
        record(text(AUDIT.replace("\"auditID\":\"a-1\",", ""))),
        record(text("no uid"), attribute("k8s.event.reason", text("BackOff"))));

    assertThat(found.malformed()).isEqualTo(7);
    assertThat(found.events.rows() + found.audits.rows()).isZero();
    assertThat(logs.rows()).isEqualTo(7);
  }

  @Test
  void otherRecordsAreNoObjects() throws Exception {
    send(
        record(text("kind: Event, \"involvedObject\", audit.k8s.io/v1")),
        record(text("{\"message\":\"a line of JSON\"}")),
        record(text("{\"kind\":\"Pod\"}"), attribute("k8s.resource.name", text("pods"))),
        record(text("{}"), attribute("regarding", text("your order"))),
        record(text("")));

    assertThat(found.events.rows() + found.audits.rows() + found.malformed()).isZero();
  }

  @Test
  void aTimeBeyondTheHorizonIsNotTheRows() throws Exception {
    send(record(text(EVENT
        .replace("2026-11-25T08:30:00Z", "2099-01-01T00:00:00Z")
        .replace("2026-11-25T08:00:00Z", "2098-01-01T00:00:00Z"))));

    assertThat(RowText.of(found.events))
        .singleElement()
        .asString()
        .startsWith("Timestamp=1795595000000000000 ")
        .contains("LastTimestamp=4070908800000000000");
  }

  @Test
  void objectsBeyondTheRoomOfTheRequestAreCounted() throws Exception {
    byte[] body = new OtlpJson(Limits.DEFAULT)
        .toProtobuf(request(record(text(EVENT))).getBytes(UTF_8), Signal.LOGS);
    new OtlpLogs(Limits.DEFAULT).decode(body, 0, body.length, SENDER, null, NOW, logs);
    Limits tight = limits(64 * 1024);
    for (int i = 0; i < 1_000; i++) {
      new KubernetesObjects(tight).read(logs, NOW, found);
    }

    assertThat(found.bytes()).isLessThanOrEqualTo(64 * 1024);
    assertThat(found.events.rows() + found.leftOut()).isEqualTo(1_000);
    assertThat(found.leftOut()).isPositive();
  }

  /** Any text in any place: rows or a count, never an exception. */
  @FuzzTest(maxDuration = "10s")
  void survivesAnything(FuzzedDataProvider data) throws Exception {
    boolean marked = data.consumeBoolean();
    boolean audit = data.consumeBoolean();
    int cut = data.consumeInt(0, 600);
    String noise = data.consumeRemainingAsString();
    String object = audit ? AUDIT : EVENT;
    int at = Math.min(cut, object.length());
    var rows = new LogRows();
    appendLog(rows, object.substring(0, at) + noise + object.substring(at), marked);
    appendLog(rows, noise, marked);

    new KubernetesObjects(Limits.DEFAULT).read(rows, NOW, found);

    for (Rows table : List.of(found.events, found.audits)) {
      for (var column : table.block().columns()) {
        assertThat(column.column().rows()).as(column.name()).isEqualTo(table.rows());
      }
    }
    assertThat(rows.rows()).isEqualTo(2);
    found.clear();
  }

  static void appendLog(LogRows rows, String body, boolean marked) {
    rows.timestamp.append(NOW);
    rows.observedTimestamp.append(NOW);
    rows.tenant.append("default");
    rows.cluster.append("");
    rows.retentionDays.append(30);
    rows.traceId.appendEmpty();
    rows.spanId.appendEmpty();
    rows.traceFlags.append(0);
    rows.severityText.append("");
    rows.severityNumber.append(0);
    rows.serviceName.append("");
    rows.body.append(body);
    rows.resourceSchemaUrl.append("");
    rows.resourceAttributes.endRow();
    rows.scopeSchemaUrl.append("");
    rows.scopeName.appendEmpty();
    rows.scopeVersion.append("");
    rows.scopeAttributes.endRow();
    if (marked) {
      rows.logAttributes.keys().append("involvedObject");
      rows.logAttributes.values().append(body);
    }
    rows.logAttributes.endRow();
    rows.eventName.appendEmpty();
    rows.droppedAttributesCount.append(0);
  }

  private static Limits limits(int decodedBytesMax) {
    Limits all = Limits.DEFAULT;
    return new Limits(
        all.bodyBytesMax(),
        decodedBytesMax,
        all.rowBytesMax(),
        all.anyValueDepthMax(),
        all.attributesMax(),
        all.attributeKeyBytesMax(),
        all.attributeValueBytesMax(),
        all.eventsMax(),
        all.linksMax(),
        all.labelsMax(),
        all.labelNameBytesMax(),
        all.labelValueBytesMax(),
        all.futureMax());
  }

  private void send(String... records) throws Malformed {
    String json =
        records.length == 1 && records[0].contains("resourceLogs") ? records[0] : request(records);
    byte[] body = new OtlpJson(Limits.DEFAULT).toProtobuf(json.getBytes(UTF_8), Signal.LOGS);
    new OtlpLogs(Limits.DEFAULT).decode(body, 0, body.length, SENDER, null, NOW, logs);
    new KubernetesObjects(Limits.DEFAULT).read(logs, NOW, found);
  }

  private static String request(String... records) {
    return "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[%s]}]}]}"
        .formatted(String.join(",", records));
  }

  private static String record(String body, String... attributes) {
    return "{\"observedTimeUnixNano\":\"1795595000000000000\",\"body\":%s,\"attributes\":[%s]}"
        .formatted(body, String.join(",", attributes));
  }

  private static String attribute(String key, String value) {
    return "{\"key\":\"%s\",\"value\":%s}".formatted(key, value);
  }

  private static String text(String text) {
    return "{\"stringValue\":%s}".formatted(quoted(text));
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }

  private static String kvlist(String key, String value, String otherKey, String otherValue) {
    return "{\"kvlistValue\":{\"values\":[%s,%s]}}"
        .formatted(attribute(key, value), attribute(otherKey, otherValue));
  }

  /** A JSON object as the nested AnyValue that the Collector makes of it. */
  private static String json(String object) {
    return AnyValueJson.of(object);
  }
}
