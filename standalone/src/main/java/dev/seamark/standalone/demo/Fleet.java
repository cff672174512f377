package dev.seamark.standalone.demo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;

/** Who there is: three clusters, and in each of them the pods of one shop. A value; thread-safe. */
record Fleet(List<Cluster> clusters) {

  /** A Kubernetes cluster and its pods by service name. */
  record Cluster(String name, Map<String, List<Pod>> pods) {
    List<Pod> podsOf(String service) {
      return Objects.requireNonNull(pods.get(service), service);
    }
  }

  /** One pod of a service; the same name and uid live on when its container restarts. */
  record Pod(
      String cluster, String region, Service service, String name, String uid, String node) {}

  /**
   * A service of the shop.
   *
   * @param latencyMs median time of its own work, in milliseconds
   * @param errorRatio the share of requests that fail by its own fault
   * @param calls names of the services that it calls for each request, in order
   */
  record Service(
      String name,
      String namespace,
      String route,
      double latencyMs,
      double errorRatio,
      List<String> calls) {}

  /** The entry of every request. */
  static final String GATEWAY = "gateway";

  private static final List<Service> SHOP = List.of(
      new Service(GATEWAY, "edge", "/shop", 2, 0.001, List.of("storefront", "checkout")),
      new Service("storefront", "shop", "/products", 8, 0.002, List.of("catalog", "cart")),
      new Service(
          "checkout", "shop", "/orders", 12, 0.004, List.of("cart", "payment", "inventory")),
      new Service("catalog", "shop", "/catalog/items", 6, 0.001, List.of()),
      new Service("cart", "shop", "/cart", 3, 0.001, List.of()),
      new Service("payment", "billing", "/charges", 40, 0.02, List.of("fraud")),
      new Service("inventory", "shop", "/stock", 5, 0.003, List.of()),
      new Service("fraud", "billing", "/scores", 15, 0.005, List.of()));

  private record Place(String cluster, String region) {}

  private static final List<Place> PLACES = List.of(
      new Place("prod-eu-1", "eu-west-1"),
      new Place("prod-us-1", "us-east-1"),
      new Place("stage-ap-1", "ap-south-1"));

  static Fleet ofThreeClusters(int podsPerService, RandomGenerator random) {
    List<Cluster> clusters = new ArrayList<>();
    for (Place place : PLACES) {
      clusters.add(cluster(place, podsPerService, random));
    }
    return new Fleet(List.copyOf(clusters));
  }

  List<Pod> pods() {
    return clusters.stream()
        .flatMap(cluster -> cluster.pods().values().stream())
        .flatMap(List::stream)
        .toList();
  }

  private static Cluster cluster(Place place, int podsPerService, RandomGenerator random) {
    Map<String, List<Pod>> pods = new LinkedHashMap<>();
    for (Service service : SHOP) {
      List<Pod> ofService = new ArrayList<>();
      for (int i = 0; i < podsPerService; i++) {
        ofService.add(pod(place, service, i, random));
      }
      pods.put(service.name(), List.copyOf(ofService));
    }
    return new Cluster(place.cluster(), pods);
  }

  private static Pod pod(Place place, Service service, int ordinal, RandomGenerator random) {
    String suffix = "%05x".formatted(random.nextInt(1 << 20));
    String uid = "%016x%016x".formatted(random.nextLong(), random.nextLong());
    String node = "node-" + (1 + ordinal % 3);
    return new Pod(
        place.cluster(), place.region(), service, service.name() + "-" + suffix, uid, node);
  }
}
