/** RFC 8926 GENEVE, the AWS Gateway Load Balancer options and the inner IP headers, as bytes. No dependency. */
module io.github.gwlb4j.geneve.codec {
}
