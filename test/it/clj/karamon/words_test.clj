(ns karamon.words-test
  "Keeps turns that readers found hard from coming back to pages, docstrings, comments, messages and names."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]])
  (:import
   (java.io File)))

(set! *warn-on-reflection* true)

(def ^:private home (System/getProperty "karamon.home" "."))

(def ^:private bound-names "(?<![\\w-])(?:most|least)-[\\w-]+|(?<=:)(?:most|least)|(?-i:(?:most|least)[A-Z]\\w*)")

(def ^:private banned
  "Regexes of turns, each with the reason, a better word, and the number of uses that may stay."
  [{:turn "tells?|told", :max 25, :reason "hides whether something is printed, returned or known"
    :better "log, print, report, return, describe, list or name"}
   {:turn "anew", :max 0, :reason "is bookish", :better "again, or a verb with re-, such as rewrite"}
   {:turn "mend(?:s|ed|ing)?", :max 0, :reason "is not the word for software", :better "fix"}
   {:turn "by itself", :max 0, :reason "means both alone and unprompted", :better "alone, only or automatically"}
   {:turn "lets go", :max 0, :reason "hides who waits for what", :better "releases"}
   {:turn "is no \\w+(?: \\w+)? of ours", :max 0, :reason "hides the negation in a noun", :better "isn't one of Karamon's"}
   {:turn "to be had", :max 0, :reason "hides who fails to get what", :better "available, or a sentence with we can't"}
   {:turn "least and most", :max 0, :reason "is not the usual name of bounds", :better "minimum and maximum"}
   {:turn "that is none", :max 0, :reason "hides the negation in a pronoun", :better "invalid, or isn't"}
   {:turn bound-names, :max 0, :reason "is not how bounds are named"
    :better "a name with max- or min-"}])

(defn- pattern
  "Returns the pattern of a turn: whole words, in lower or upper case, also across the lines of a text or comment."
  [turn]
  (re-pattern (str "(?i)\\b(?:" (str/replace turn " " "[\\s;*/]+") ")\\b")))

(defn- uses
  "Returns a seq of maps of `:line` and `:found`, one for each use of a turn in `text`."
  [turn text]
  (let [matcher (re-matcher (pattern turn) text)]
    (loop [found []]
      (if (.find matcher)
        (recur (conj found {:line  (inc (count (filter #{\newline} (subs text 0 (.start matcher)))))
                            :found (str/replace (.group matcher) #"\s+" " ")}))
        found))))

(def ^:private roots
  ["src-java" "src-clj" "s3" "dev" "dev-s3" "server" "example" "archetype" "tables" "test" "docs" "serverless-karamon/lib"
   "bench" "README.md" "CONTRIBUTING.md" "SECURITY.md" "CHANGELOG.md"])

(def ^:private texts
  "Path to text, of the files that people write. This test names the turns, so it is left out."
  (delay (into (sorted-map)
               (for [root roots
                     ^File file (tree-seq #(and (.isDirectory ^File %) (not (#{"target" "node_modules"} (.getName ^File %))))
                                  #(.listFiles ^File %)
                                  (io/file home root))
                     :when (and (.isFile file) (re-find #"\.(?:md|clj|java|js)$" (.getName file))
                                (not= "words_test.clj" (.getName file)))]
                 [(str (.relativize (.toPath (io/file home)) (.toPath file))) (slurp file)]))))

(defn- complaint [{:keys [turn reason better] max-uses :max} found]
  (str turn ": found " (count found) ", allowed " max-uses ". It " reason ". Write " better ":\n"
       (str/join "\n" (for [{:keys [path line found]} found] (str "  " path ":" line ": " found)))))

(deftest no-text-has-a-banned-turn
  (doseq [root roots]
    (is (some #(str/starts-with? % root) (keys @texts)) (str "no texts in " root)))
  (doseq [{:keys [turn] max-uses :max :as ban} banned]
    (let [found (for [[path text] @texts, use (uses turn text)] (assoc use :path path))]
      (is (<= (count found) max-uses) (complaint ban found)))))

(deftest a-turn-is-found-in-any-case-and-across-lines
  (is (= [{:line 2, :found "Tells"} {:line 3, :found "told"}]
         (uses "tells?|told" "retell\n;; Tells it,\nand is told. Toldo, foretells")))
  (is (= [{:line 1, :found "by ;; itself"}] (uses "by itself" ";; ends by\n;; itself\n")))
  (testing "at-least-once isn't the name of a bound"
    (is (= ["most-event-bytes" "most" "leastPart"]
           (map :found (uses bound-names "at-least-once most-event-bytes {:most 1, :almost 2} leastPart mostly atMost"))))))

(deftest each-complaint-has-the-place-the-reason-and-a-better-word
  (is (= "anew: found 1, allowed 0. It is bookish. Write again:\n  docs/a.md:7: anew"
         (complaint {:turn "anew", :max 0, :reason "is bookish", :better "again"}
           [{:path "docs/a.md", :line 7, :found "anew"}]))))
