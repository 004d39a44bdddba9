# Judges a log of .ci/arm64: awk -v modules='A B' -f arm64-judge.awk arm64-known LOG. Of a test that ran again the last result counts.
# Prints a line for each module, each failure, and each listed test that passed. Ends with 1 if something failed that is not listed.

function problem(text) { print "arm64: FAILED: " text; isFailed = 1 }

# The test method of a line's "Class > Nested > method(Type) > [1] value", as "Class$Nested#method".
function method_of(name,    parts, n, i, class) {
    n = split(name, parts, " > ")
    for (i = 1; i <= n; i++) {
        if (parts[i] ~ /^[A-Za-z0-9_]+\(.*\)$/) {
            sub(/\(.*/, "", parts[i])
            return class "#" parts[i]
        }
        class = class (i > 1 ? "$" : "") parts[i]
    }
    return class
}

FILENAME ~ /arm64-known$/ {
    if ($1 == "skip" || $1 == "fails") known[$2, $3] = $1
    next
}
/^arm64: module / { module = $3 }
/^arm64: .* ended with status / { status[$2] = $(NF - 3); seconds[$2] = $(NF - 1) }
/^\[ +[0-9]+ containers failed / { brokenContainers[module] = $2 }
/JUnit Jupiter > .* :: (STARTED|SUCCESSFUL|FAILED|ABORTED|SKIPPED)$/ {
    name = substr($0, index($0, "JUnit Jupiter > ") + length("JUnit Jupiter > "))
    state = $NF
    sub(/ :: [A-Z]+$/, "", name)
    results[module, name] = state
}
END {
    for (key in results) {
        split(key, parts, SUBSEP)
        module = parts[1]
        state = results[key]
        method = module SUBSEP method_of(parts[2])
        count[module, state]++
        count[module]++
        if (state == "SUCCESSFUL") {
            hasPassed[method] = 1
        } else if (state != "ABORTED" && state != "SKIPPED") { # those do not apply; what is missing is a failure, as CI=true
            hasFailed[method] = 1
            if (method in known) {
                count[module, "listed"]++
            } else {
                count[module, "failed"]++
                problem(module " " parts[2] (state == "STARTED" ? " did not end" : ""))
            }
        }
    }
    for (method in known) {
        if (known[method] == "fails" && method in hasPassed && !(method in hasFailed)) {
            sub(SUBSEP, " ", method)
            print "arm64: listed in .ci/arm64-known, but passes: " method
        }
    }
    total = split(modules, names, " ")
    for (i = 1; i <= total; i++) {
        module = names[i]
        printf "arm64: %-26s tests %4d, passed %4d, failed %3d, listed failures %3d, not applicable %3d, %6d s\n", module, count[module],
            count[module, "SUCCESSFUL"], count[module, "failed"], count[module, "listed"],
            count[module, "ABORTED"] + count[module, "SKIPPED"], seconds[module]
        if (!count[module]) {
            problem(module " ran no test")
        } else if (status[module] !~ /^[01]$/) {
            problem(module " did not end: status " status[module] " (124: time limit)")
        } else if (brokenContainers[module] > 0) {
            problem(module " has a class that could not be set up")
        }
    }
    exit isFailed
}
