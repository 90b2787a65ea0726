(ns karamon.table.files.page-test
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.table.files.browser :as browser]
   [karamon.table.files.page :as page])
  (:import
   (java.util Locale)))

(set! *warn-on-reflection* true)

(def ^:private files
  [{:file "Fact/Part0/Segment_0/part-0-0_batchno0-0-0-1.snappy.carbondata", :size 900, :what "rows of segment 0", :modified 1
    :statement "INSERT INTO people VALUES ('<b>&\"')"}
   {:file "Fact/Part0/Segment_0/part-0-0_batchno0-0-0-1.deletedelta", :size 100, :what "JSON", :modified 2, :statement "DELETE FROM people"
    :cut-short true}
   {:file "Metadata/<script>alert(1)\u001b.x", :size 24, :what nil, :modified 0}
   {:file "LockFiles/meta.lock", :size 0, :modified 0}
   {:file "empty/", :modified 0}])

(defn- html []
  (page/html {:table "<img src=x onerror='a'>", :format "Apache CarbonData", :folder "/a&b/\u202e", :files files
              :parts [{:title "Segment 0", :note "current", :current true, :files (take 2 files)}]}))

(deftest files-have-a-kind-and-a-part
  (are [path kind part] (= [kind part] [(page/kind path) (page/part :carbondata {} path)])
    "Fact/Part0/Segment_0.1/part-0-0_batchno0-0-0-1.snappy.carbondata" :rows "Segment 0.1"
    "city=kyoto/part-0-1_batchno0-0-2-1796042058496.snappy.carbondata" :rows "Segment 2"
    "city=kyoto/part-0-1_batchno0-0-2-1796042058496.deletedelta"       :deletions "Segment 2"
    "Fact/Part0/Segment_0/0_batchno0-0-0-1.carbonindexmerge"           :index "Segment 0"
    "LockFiles/meta.lock"                                              :lock nil
    "Metadata/schema"                                                  :metadata nil)
  (are [path kind part] (= [kind part] [(page/kind path) (page/part :iceberg #({"data/d.puffin" "data/a.parquet"} % %2) path)])
    "data/a.parquet"            :rows "data/a.parquet"
    "data/d.puffin"             :deletions "data/a.parquet"
    "metadata/v1.metadata.json" :metadata nil))

(deftest the-page-draws-each-file-and-lists-it
  (let [^String text (html)]
    (is (str/includes? text "<span class=rows style=\"width:90.000%\""))
    (is (str/includes? text "<span class=deletions style=\"width:10.000%\""))
    (is (str/includes? text "aria-label=\"rows 900 B in 1 file, deletions 100 B in 1 file\""))
    (is (str/includes? text "<em>cut short</em>"))
    (is (= 5 (count (re-seq #"<td class=path>" text))))))

(deftest names-cannot-add-elements-and-nothing-is-loaded
  (let [text (html)]
    (is (str/includes? text "<h1>&lt;img src=x onerror=&#39;a&#39;&gt;</h1>"))
    (is (str/includes? text "INSERT INTO people VALUES (&#39;&lt;b&gt;&amp;&quot;&#39;)"))
    (is (str/includes? text "Metadata/<wbr>&lt;script&gt;alert(1)␛.x"))
    (is (not (re-find #"<script|<b>&|<img|\u202e|\u001b|https?:|url\(|src=\"|href" text)))
    (is (str/includes? text "content=\"default-src 'none'; style-src 'unsafe-inline'\""))))

(deftest widths-do-not-depend-on-the-locale
  (let [before (Locale/getDefault)]
    (try
      (Locale/setDefault Locale/GERMANY)
      (is (str/includes? (html) "width:90.000%"))
      (finally (Locale/setDefault before)))))

(deftest a-browser-opens-where-there-is-a-screen
  (are [environment system command] (= command (browser/opener environment system))
    {}                                     "Linux"    nil
    {"DISPLAY" ""}                         "Linux"    nil
    {"DISPLAY" ":0"}                       "Linux"    ["xdg-open"]
    {"WAYLAND_DISPLAY" "wayland-0"}        "Linux"    ["xdg-open"]
    {"BROWSER" "firefox -P x %s:w3m", "DISPLAY" ":0"} "Linux" ["firefox" "-P" "x"]
    {}                                     "Mac OS X" ["open"]))
