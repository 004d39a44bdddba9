package io.github.gwlb4j.firewall.rules;

/** Finds the word that was probably meant. Cold path. */
final class Similar {
    private static final int MAX_DISTANCE = 2;
    private static final int MAX_LENGTH = 64;

    private Similar() {
    }

    /** The most similar of some words, or null if none is similar. */
    static String to(String word, Iterable<String> candidates) {
        String best = null;
        int bestDistance = Math.min(MAX_DISTANCE, word.length() / 2) + 1;
        for (String candidate : candidates) {
            int distance = distance(word, candidate);
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best;
    }

    /** How many letters must be added, removed or replaced (Levenshtein); far apart if lengths differ a lot. */
    private static int distance(String a, String b) {
        if (Math.abs(a.length() - b.length()) > MAX_DISTANCE || a.length() > MAX_LENGTH) {
            return Integer.MAX_VALUE;
        }
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
