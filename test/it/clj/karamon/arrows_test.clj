(ns karamon.arrows-test
  {:any-jdk true}
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.arrows :as arrows]))

(set! *warn-on-reflection* true)

(defn- names [& lines]
  (:names (arrows/read-clojure (str/join "\n" (cons "(ns karamon.here)" lines)))))

(deftest each-way-to-name-a-namespace-is-found
  (are [code] (contains? (names code) [:clojure "karamon.there"])
    "(require '[karamon.there :as there])"
    "(require 'karamon.there)"
    "(requiring-resolve 'karamon.there/f)"
    "{:run 'karamon.there/f}"
    "(karamon.there/f 1)"
    "(defmacro m [] `(karamon.there/f ~1))"
    "#'karamon.there/f"
    "(refer 'karamon.there)"
    "[^{:tag karamon.there/T} x]"
    "#?(:clj (karamon.there/f))"
    "#karamon/tag [karamon.there/x]"))

(deftest each-way-to-require-a-namespace-is-found
  (are [clause] (contains? (:names (arrows/read-clojure (str "(ns karamon.here \"Doc.\" {:no-doc true} " clause ")")))
                  [:clojure "karamon.there.x"])
    "(:require [karamon.there.x :as x])"
    "(:require [clojure.string :as str] [karamon.there.x :refer [f]])"
    "(:require karamon.there.x)"
    "(:require [karamon.there.x])"
    "(:use karamon.there.x)"
    "(:require (karamon.there [x :as x] y))"
    "(:require [karamon.there y [x :as x]])"))

(deftest each-way-to-name-a-class-is-found
  (are [code] (contains? (names code) [:java "karamon.text"])
    "(import '(karamon.text Percent))"
    "(import karamon.text.Percent)"
    "(import '[karamon.text Percent Nearest])"
    "(karamon.text.Percent/encode s)"
    "(karamon.text.Percent. s)"
    "(defn f [^karamon.text.Percent p] p)"
    "(defn ^karamon.text.Percent f [] nil)")
  (is (= [:java "karamon.etag"] (some #{[:java "karamon.etag"]} (:names (arrows/read-clojure "(ns x (:import (karamon.etag ETag)))"))))))

(deftest names-outside-of-code-are-not-arrows
  (are [code] (not-any? #(= "karamon.there" (second %)) (names code))
    "(defn f \"Calls `karamon.there/f`, see karamon.there.\" [] 1)"
    "; (karamon.there/f)"
    ";; karamon.there"
    "#_(karamon.there/f)"
    "(comment (karamon.there/f))"
    "\"karamon.there/f\""
    "\"a \\\" quote, then (karamon.there/f)\""
    "#\"karamon.there\""
    ":karamon.there/type"
    "{:type :karamon.there/type}"
    "\\\" (str) \\\""))

(deftest required-names-are-separate-from-other-names
  (is (= #{[:clojure "clojure.set"] [:clojure "clojure.walk"]}
        (:required (arrows/read-clojure "(ns a \"(:require [b])\" (:require [clojure.set :as set])) (require 'clojure.walk) (ns-resolve 'clojure.data 'diff)")))))

(deftest the-namespace-of-a-file-is-its-node
  (is (= [:clojure "karamon.here"] (:node (arrows/read-clojure "; first\n(ns ^{:doc \"D\"} karamon.here)\n(f)"))))
  (is (= [:java "karamon.json"] (:node (arrows/read-java "/* package karamon.text; */\npackage karamon.json;\nclass A {}")))))

(deftest java-names-packages-in-code-only
  (are [line] (= #{[:java "karamon.text"]} (:names (arrows/read-java (str "package karamon.json;\n" line))))
    "import karamon.text.Percent;"
    "import karamon.text.*;"
    "import static karamon.text.Percent.encode;"
    "class A { karamon.text.Percent p; }"
    "class A { char quote = '\"'; karamon.text.Percent p; char other = '\"'; }"
    "class A { String s = \"a\\\"\" + karamon.text.Percent.encode(\"//\"); }")
  (are [line] (= #{} (:names (arrows/read-java (str "package karamon.json;\n" line))))
    "// karamon.text.Percent"
    "/** {@link karamon.text.Percent} */ class A {}"
    "class A { String s = \"karamon.text.Percent\"; }"
    "class A { String s = \"\"\"\n  a \"quoted\" karamon.text.Percent\n  \"\"\"; }"
    "class A { Object o = org.karamon.text.Percent.of(); }"))

(def ^:private found
  [{:file "a.clj", :node [:clojure "karamon.a"], :names #{[:clojure "karamon.b"] [:clojure "karamon.a"] [:java "java.util"]}}
   {:file "b.clj", :node [:clojure "karamon.b"], :names #{[:java "karamon.c"] [:clojure "clojure.string"]}}
   {:file "c.clj", :node [:java "karamon.c"], :names #{}}])

(deftest arrows-lead-to-names-of-karamon
  (is (= [{:from [:clojure "karamon.a"], :to [:clojure "karamon.b"], :file "a.clj"}
          {:from [:clojure "karamon.b"], :to [:java "karamon.c"], :file "b.clj"}]
        (arrows/arrows found)))
  (testing "even to a name that no file has"
    (is (= [[:clojure "karamon.gone"]]
          (map :to (arrows/arrows [{:file "a.clj", :node [:clojure "karamon.a"], :names #{[:clojure "karamon.gone"]}}])))))
  (testing "a record belongs to its namespace"
    (is (= [[:clojure "karamon.a-b"]]
          (map :to (arrows/arrows [{:file "a_b.clj", :node [:clojure "karamon.a-b"], :names #{}}
                                   {:file "c.clj", :node [:clojure "karamon.c"], :names #{[:java "karamon.a_b"]}}]))))))

(deftest a-cycle-is-found-at-any-length
  (are [cycle graph] (= cycle (arrows/find-cycle graph))
    nil          {}
    nil          {1 #{2 3}, 2 #{3}, 3 #{4}}
    [1 2 1]      {1 #{2}, 2 #{1}}
    [2 3 4 2]    {1 #{2}, 2 #{3}, 3 #{4}, 4 #{2 5}, 5 #{6}}
    [3 4 3]      {1 #{2}, 3 #{4}, 4 #{3}}))

(deftest differences-are-the-arrows-not-drawn-and-not-used
  (is (= {:not-drawn {"b" #{"c"}}, :not-used {"a" #{"c"}, "d" #{"a"}}}
        (arrows/differences {"a" #{"b" "c"}, "b" #{}, "d" #{"a"}} {"a" #{"b"}, "b" #{"c"}})))
  (is (= {:not-drawn {}, :not-used {}} (arrows/differences {"a" #{"b"}} {"a" #{"b"}}))))

(deftest a-drawing-is-read-from-its-tables
  (let [tables (arrows/tables "# Page\n\n| Room | Job | Uses |\n|---|---|---|\n| `a` | does `x` | `b`, `c` |\n| `b` | | — |\n\nText | here.\n")]
    (is (= {"a" #{"b" "c"}, "b" #{}} (arrows/drawn tables "Room" "Uses")))
    (is (= {} (arrows/drawn tables "Module" "Uses")))))
