(ns karamon.table.prompt.entry-test
  (:require
   [clojure.test :refer [are deftest is]]
   [karamon.table.fixture :refer [error-of]]
   [karamon.table.prompt.entry :as entry]))

(set! *warn-on-reflection* true)

(defn- items [text]
  (mapv #(select-keys % [:statement :command :unfinished]) (:items (entry/parse text))))

(deftest a-statement-ends-with-a-semicolon-outside-of-strings-names-and-comments
  (are [text complete] (= complete (entry/complete? text))
    ""                            true
    "  \n"                        true
    "-- a comment; only"          true
    "/* one; */"                  true
    "SELECT 1"                    false
    "SELECT 1;"                   true
    "SELECT 1; -- done"           true
    "SELECT 1; SELECT"            false
    "SELECT ';'"                  false
    "SELECT ';\n;' AS `;`"        false
    "SELECT ';\n;' AS `;`\n;"     true
    "SELECT 1 -- ;"               false
    "SELECT 1 /* ;"               false
    "SELECT 'it\\'s;"             false
    "\\d people"                  true
    "SELECT 1\n\\d"               true))

(deftest statements-and-commands-come-in-their-order
  (are [text found] (= found (items text))
    "\\d\nSELECT 1;\n\n\\tree people;\n-- end\n"    [{:command "\\d"} {:statement "SELECT 1"} {:command "\\tree people;"}]
    "SELECT 1 AS a,\n ';\\d' AS b; SELECT 2;"       [{:statement "SELECT 1 AS a,\n ';\\d' AS b"} {:statement "SELECT 2"}]
    "SELECT '\n\\q\n';"                             [{:statement "SELECT '\n\\q\n'"}]
    "SELECT 1; \\timing"                            [{:statement "SELECT 1"} {:command "\\timing"}]
    "SELECT 1\n  \\q"                               [{:unfinished "SELECT 1"} {:command "\\q"}]
    "-- a comment\n\\q"                             [{:command "\\q"}]
    "SELECT '\\n';"                                 [{:statement "SELECT '\\n'"}])
  (is (= [{:statement "SELECT 1", :line 2, :column 3} {:statement "SELECT\n2", :line 2, :column 13} {:command "\\d", :line 4}]
         (:items (entry/parse "\n  SELECT 1; SELECT\n2;\n\\d")))
      "each with its place"))

(deftest the-last-statement-of-a-script-needs-no-semicolon
  (is (= [{:statement "SELECT 2", :line 2, :column 1}] (entry/last-statement (entry/parse "SELECT 1;\nSELECT 2"))))
  (is (= :karamon.table/unfinished (first (error-of #(doall (entry/last-statement (entry/parse "SELECT 'a"))))))))

(deftest a-command-has-a-name-and-an-argument
  (are [text parts] (= parts (entry/command text))
    "\\d"                      ["d" nil]
    "\\d people ;"             ["d" "people"]
    "\\chart SELECT a, b\nFROM c" ["chart" "SELECT a, b\nFROM c"]
    "\\?"                      ["?" nil])
  (are [text message] (= [:karamon.table/bad-command message] (error-of #(entry/command text)))
    "\\x"       "No command \\x. \\? lists them"
    "\\"        "No command \\. \\? lists them"
    "\\treee a" "No command \\treee. Did you mean \\tree? \\? lists them"
    "\\q now"   "Expected nothing after \\q, found now"))
