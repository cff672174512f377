package dev.seamark.ingest.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.seamark.labels.LabelSet;
import dev.seamark.labels.NamingOptions;
import dev.seamark.tenant.Sender;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The resource of the metrics at hand: raw bytes, and, once an unknown series asks for them, the
 * labels that it gives to its series. Not thread-safe.
 */
final class MetricResource {
  private static final int ATTRIBUTE = 1 << 3 | 2;
  private static final byte[] NOTHING = {};
  private static final byte[] SERVICE_NAME = "service.name".getBytes(UTF_8);
  private static final byte[] SERVICE_NAMESPACE = "service.namespace".getBytes(UTF_8);
  private static final byte[] SERVICE_INSTANCE = "service.instance.id".getBytes(UTF_8);
  private static final byte[] CLUSTER_NAME = "k8s.cluster.name".getBytes(UTF_8);

  private final List<byte[]> promoted;
  private final List<byte[]> promotedNames;

  private byte[] bytes = NOTHING;
  private int from;
  private int to;
  private Sender sender = Sender.ANYBODY;
  private String clusterElseText = "";
  private byte[] clusterElse = NOTHING;
  private boolean read;

  final AttributeList attributes;
  byte[] job = NOTHING;
  byte[] instance = NOTHING;
  byte[] cluster = NOTHING;
  byte[] service = NOTHING;

  MetricResource(NamingOptions options, Limits limits) {
    this.attributes = new AttributeList("a resource", limits);
    this.promoted =
        options.promotedAttributes().stream().map(name -> name.getBytes(UTF_8)).toList();
    this.promotedNames = promoted.stream().map(options::labelName).toList();
  }

  /** The cluster of resources that name none: the header's, else that of the sender's key. */
  void request(Sender sender, @Nullable String clusterHeader) {
    this.sender = sender;
    String other = sender.clusterOfKey() == null ? "" : sender.clusterOfKey();
    String named = clusterHeader == null || clusterHeader.isEmpty() ? other : clusterHeader;
    if (!named.equals(clusterElseText)) {
      clusterElseText = named;
      clusterElse = named.getBytes(UTF_8);
    }
  }

  byte[] clusterElse() {
    return clusterElse;
  }

  void reset(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.read = false;
  }

  /**
   * Reads the attributes unless that is done; refuses the request where the sender's key doesn't
   * allow the cluster. Known series don't come here: their raw key includes what the key allows.
   */
  void read() throws Malformed, RowRefused {
    if (read) {
      return;
    }
    WireReader wire = new WireReader();
    wire.reset(bytes, from, to);
    attributes.read(wire, ATTRIBUTE);
    service = attributes.get(SERVICE_NAME);
    job = job(attributes.get(SERVICE_NAMESPACE), service);
    instance = attributes.get(SERVICE_INSTANCE);
    byte[] named = attributes.get(CLUSTER_NAME);
    cluster = named.length > 0 ? named : clusterElse;
    Forbidden.unlessAllowed(sender, cluster, 0, cluster.length);
    read = true;
  }

  /** Adds the promoted attributes; labels of the data point stand before them. */
  void promoteInto(LabelSet labels) {
    for (int i = 0; i < promoted.size(); i++) {
      byte[] name = promotedNames.get(i);
      if (!labels.contains(name)) {
        labels.put(name, attributes.get(promoted.get(i)));
      }
    }
  }

  /** Whether the resource says more than which target it is, so that {@code target_info} exists. */
  boolean hasTargetInfo() {
    if (job.length == 0 && instance.length == 0) {
      return false;
    }
    for (int i = 0; i < attributes.size(); i++) {
      if (!isIdentity(attributes.key(i)) && attributes.value(i).length > 0) {
        return true;
      }
    }
    return false;
  }

  static boolean isIdentity(byte[] key) {
    return Arrays.equals(key, SERVICE_NAME)
        || Arrays.equals(key, SERVICE_NAMESPACE)
        || Arrays.equals(key, SERVICE_INSTANCE);
  }

  private static byte[] job(byte[] namespace, byte[] name) {
    if (namespace.length == 0 || name.length == 0) {
      return name;
    }
    byte[] job = Arrays.copyOf(namespace, namespace.length + 1 + name.length);
    job[namespace.length] = '/';
    System.arraycopy(name, 0, job, namespace.length + 1, name.length);
    return job;
  }
}
