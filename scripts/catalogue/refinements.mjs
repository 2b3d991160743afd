// What a benchmark's folder does not say of a competition in words a program can read: parameters
// of the metric, columns that are no first-is-the-id, and graders without a native equal. Keys of
// an entry: metric, params, id, target (columns of the submission), modality; mleDojo and mleBench
// hold what is true of one benchmark only: params (added), id, target, native: false with why.

const threeLastWeeks = { where: { column: 'scored', op: '==', value: 1 } };
const identities = ['male', 'female', 'homosexual_gay_or_lesbian', 'christian', 'jewish', 'muslim', 'black', 'white', 'psychiatric_or_mental_illness'];
const strictSums = { params: { normalize: false } };
const range01 = { params: { range: [0, 1] } };

export const refinements = {
  '3d-object-detection-for-autonomous-vehicles': { modality: 'image', mleBench: { native: false, why: 'Boxes in three dimensions have no native metric.' } },
  'AI4Code': { modality: 'text' },
  'airbnb-recruiting-new-user-bookings': { params: { long: true } },
  'alaska2-image-steganalysis': { modality: 'image' },
  'benchmark-bond-trade-price-challenge': { params: { weight_column: 'weight' } },
  'bengaliai-cv19': { params: { weights: [2, 1, 1], component_column: 'component', components: ['grapheme_root', 'consonant_diacritic', 'vowel_diacritic'] } },
  'cdiscount-image-classification-challenge': { modality: 'image' },
  'champs-scalar-coupling': { params: { group_column: 'type' } },
  'crowdflower-weather-twitter': { modality: 'text' },
  'detecting-insults-in-social-commentary': { modality: 'text', mleBench: { id: ['Comment'], target: ['Insult'], ...range01 } },
  'dog-breed-identification': { mleBench: strictSums },
  'draper-satellite-image-chronology': { metric: 'spearman_lists' },
  'facebook-recruiting-iii-keyword-extraction': { modality: 'text', metric: 'f1', params: { list: true }, mleDojo: { params: { average: 'samples', zero_division: 1 } }, mleBench: { params: { average: 'micro' } } },
  'flavours-of-physics-kernels-only': {
    params: { tpr_thresholds: [0, 0.2, 0.4, 0.6, 0.8, 1], weights: [2, 1.5, 1, 0.5, 0], where: { column: 'min_ANNmuon', op: '>', value: 0.4 } },
  },
  'freesound-audio-tagging-2019': { modality: 'other' },
  'google-quest-challenge': { params: { on_constant: 0 } },
  'google-research-identify-contrails-reduce-global-warming': { modality: 'image', metric: 'dice_rle', params: { average: 'global', height: 'height', width: 'width' } },
  'histopathologic-cancer-detection': { modality: 'image' },
  'hotel-id-2021-fgvc8': { params: { k: 5 } },
  'hubmap-kidney-segmentation': { mleBench: { params: { answer_target: ['encoding'], height: 'height_pixels', width: 'width_pixels' } } },
  'icr-identify-age-related-conditions': { params: { label_column: 'Class', labels: [0, 1] } },
  'imaterialist-challenge-furniture-2018': { modality: 'image' },
  'imet-2020-fgvc7': { modality: 'image', params: { list: true } },
  'inaturalist-2019-fgvc6': { modality: 'image', params: { first_of_list: true } },
  'iwildcam-2020-fgvc7': { modality: 'image' },
  'jigsaw-toxic-comment-classification-challenge': { params: { ignore_value: -1 } },
  'jigsaw-unintended-bias-in-toxicity-classification': { params: { answer_target: ['toxicity'], identity_columns: identities } },
  'kaggle-llm-science-exam': { params: { k: 3 } },
  'kuzushiji-recognition': { metric: 'point_box_f1' },
  'liverpool-ion-switching': { modality: 'time' },
  'llm-detect-ai-generated-text': { modality: 'text' },
  'lmsys-chatbot-arena': { mleBench: strictSums },
  'ml2021spring-hw2': { modality: 'other' },
  'mlsp-2013-birds': { modality: 'other' },
  'multi-modal-gesture-recognition': { modality: 'other', params: { unit: 'token' } },
  'novozymes-enzyme-stability-prediction': { metric: 'spearman' },
  'osic-pulmonary-fibrosis-progression': { target: ['FVC'], params: threeLastWeeks },
  'paddy-disease-classification': { modality: 'image' },
  'plant-pathology-2021-fgvc8': { params: { list: true }, mleDojo: { params: { average: 'samples' } }, mleBench: { params: { average: 'micro' } } },
  'playground-series-s3e13': { params: { k: 3 } },
  'quora-insincere-questions-classification': { params: { answer_target: ['target'] } },
  'rsna-2022-cervical-spine-fracture-detection': {
    modality: 'image',
    params: {
      unit_column: 'StudyInstanceUID', component_column: 'prediction_type', components: ['patient_overall', 'C1', 'C2', 'C3', 'C4', 'C5', 'C6', 'C7'],
      negative_weights: [7, 1, 1, 1, 1, 1, 1, 1], positive_weights: [14, 2, 2, 2, 2, 2, 2, 2],
    },
  },
  'rsna-breast-cancer-detection': { modality: 'image' },
  'shopee-product-matching': { params: { list: true, zero_division: 1 } },
  'siim-covid19-detection': { params: { iou: 0.5, match: 'voc' } },
  'siim-isic-melanoma-classification': { modality: 'image', mleBench: range01 },
  'smartphone-decimeter-2022': { id: ['tripId', 'UnixTimeMillis'], target: ['LatitudeDegrees', 'LongitudeDegrees'], params: { group_column: 'tripId' } },
  'spooky-author-identification': { mleBench: strictSums },
  'stanford-covid-vaccine': { target: ['reactivity', 'deg_Mg_pH10', 'deg_Mg_50C'], mleBench: { params: { where: { column: 'keep', op: '==', value: true } } } },
  'tensorflow-speech-recognition-challenge': { modality: 'other' },
  'tensorflow2-question-answering': { modality: 'text', mleBench: { native: false, why: 'Its answers are nested JSON, for which there is no native metric.' } },
  'the-icml-2013-whale-challenge-right-whale-redux': { modality: 'other' },
  'the-winton-stock-market-challenge': { params: { weight_column: 'weight', divide_by: 'rows' } },
  'uw-madison-gi-tract-image-segmentation': {
    id: ['id', 'class'], target: ['predicted'],
    mleBench: { params: { height: 'image_height', width: 'image_width', volume_column: 'volume', slice_column: 'id' } },
    mleDojo: { id: ['id'], native: false, why: 'Its grader knows no image sizes and takes 512 × 512 for all.' },
  },
  'ventilator-pressure-prediction': { mleBench: { params: { where: { column: 'u_out', op: '==', value: 0 } } } },
  'vesuvius-challenge-ink-detection': { modality: 'image', mleBench: { params: { height: 'height', width: 'width' } } },
  'vinbigdata-chest-xray-abnormalities-detection': {
    params: { iou: 0.4, match: 'best_free' },
    mleBench: { native: false, why: 'Its answers list one box a row, which no native metric reads.' },
  },
  'walmart-recruiting-store-sales-forecasting': { params: { weight_column: 'IsHoliday', weight_values: { True: 5, False: 1 } } },
  'whale-categorization-playground': { params: { k: 5 } },
};
