(ns karamon.s3.scripted.operations
  "The operations of the scripted server: functions of the state and a request that return an answer, with `:state` if it has
  changed."
  (:require
   [karamon.s3.scripted.buckets :as buckets]
   [karamon.s3.scripted.reads :as reads]
   [karamon.s3.scripted.uploads :as uploads]
   [karamon.s3.scripted.writes :as writes]))

(set! *warn-on-reflection* true)

(def operations
  "A map of name to function."
  {:abort-multipart-upload uploads/abort-multipart-upload
   :complete-multipart-upload uploads/complete-multipart-upload
   :copy-object writes/copy-object
   :create-bucket buckets/create-bucket
   :create-multipart-upload uploads/create-multipart-upload
   :delete-object writes/delete-object
   :get-bucket-acl buckets/get-bucket-acl
   :get-bucket-encryption buckets/get-bucket-encryption
   :get-bucket-ownership-controls buckets/get-bucket-ownership-controls
   :get-bucket-versioning buckets/get-bucket-versioning
   :get-object reads/get-object
   :get-object-acl reads/get-object-acl
   :get-object-attributes reads/get-object-attributes
   :get-object-tagging reads/get-object-tagging
   :head-bucket buckets/head-bucket
   :head-object reads/head-object
   :list-buckets buckets/list-buckets
   :list-multipart-uploads uploads/list-multipart-uploads
   :list-object-versions buckets/list-object-versions
   :list-objects-v2 buckets/list-objects-v2
   :list-parts uploads/list-parts
   :put-object writes/put-object
   :put-object-tagging writes/put-object-tagging
   :upload-part uploads/upload-part})

(defn operation
  "Returns the name of a request's operation; nil if this server doesn't have it."
  [{:keys [method bucket key query headers]}]
  (let [? #(contains? query %)]
    (case [method (cond key :object bucket :bucket)]
      ["GET" nil]       :list-buckets
      ["PUT" :bucket]   (when (empty? query) :create-bucket)
      ["HEAD" :bucket]  :head-bucket
      ["GET" :bucket]   (condp #(contains? %2 %1) query
                          "list-type"         :list-objects-v2
                          "versioning"        :get-bucket-versioning
                          "acl"               :get-bucket-acl
                          "ownershipControls" :get-bucket-ownership-controls
                          "encryption"        :get-bucket-encryption
                          "versions"          :list-object-versions
                          "uploads"           :list-multipart-uploads
                          nil)
      ["HEAD" :object]  :head-object
      ["GET" :object]   (cond
                          (? "attributes") :get-object-attributes
                          (? "tagging")    :get-object-tagging
                          (? "acl")        :get-object-acl
                          (? "uploadId")   :list-parts
                          :else            :get-object)
      ["PUT" :object]   (cond
                          (? "tagging")                    :put-object-tagging
                          (? "partNumber")                 (when-not (headers "x-amz-copy-source") :upload-part)
                          (headers "x-amz-copy-source")    :copy-object
                          :else                            :put-object)
      ["POST" :object]  (cond
                          (? "uploads")  :create-multipart-upload
                          (? "uploadId") :complete-multipart-upload)
      ["DELETE" :object] (if (? "uploadId") :abort-multipart-upload :delete-object)
      nil)))
